// Prevents sending the log-in form twice. The page works without this script.

const form = document.querySelector(".login-form");
const button = form.querySelector("button");

form.addEventListener("submit", () => {
    button.disabled = true;
});

// The browser's back button shows the page again.
addEventListener("pageshow", () => {
    button.disabled = false;
});
