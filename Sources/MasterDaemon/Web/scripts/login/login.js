// The log-in page works without this script: it only sees to it that the form is sent once.

const form = document.querySelector(".login-form");
const button = form.querySelector("button");

form.addEventListener("submit", () => {
    button.disabled = true;
});

// Shown again by the browser's back button.
addEventListener("pageshow", () => {
    button.disabled = false;
});
