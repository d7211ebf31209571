// The code of a link stands after #, which no browser sends: it goes into the form, and out of the address.

const form = document.querySelector("form[data-code]");
const code = decodeURIComponent(location.hash.slice(1));
if (form && code) {
  history.replaceState(null, "", location.pathname);
  form.querySelector("[name=code]").value = code;
  form.requestSubmit();
}
