extension WebAssets {
    /// Every file of `pages`, `scripts` and `styles`; a test compares the list with the folder.
    static let files: [String: [UInt8]] = [
        "icon.svg": PackageResources.icon_svg,
        "pages/frame.html": PackageResources.frame_html,
        "pages/upload.html": PackageResources.upload_html,
        "pages/job.html": PackageResources.job_html,
        "pages/dashboard.html": PackageResources.dashboard_html,
        "styles/base.css": PackageResources.base_css,
        "styles/components.css": PackageResources.components_css,
        "styles/upload.css": PackageResources.upload_css,
        "styles/job.css": PackageResources.job_css,
        "styles/dashboard.css": PackageResources.dashboard_css,
        "scripts/shared/api.js": PackageResources.api_js,
        "scripts/shared/dom.js": PackageResources.dom_js,
        "scripts/shared/format.js": PackageResources.format_js,
        "scripts/shared/live.js": PackageResources.live_js,
        "scripts/shared/shell.js": PackageResources.shell_js,
        "scripts/upload/upload.js": PackageResources.upload_js,
        "scripts/job/job.js": PackageResources.job_js,
        "scripts/dashboard/dashboard.js": PackageResources.dashboard_js,
    ]
}
