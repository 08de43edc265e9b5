// Writing: text, files, the place where one stands.

import { element, icon, make, persian, say } from "./page.js";

export class Composer {
  /** `send({text, pin}, files)`; `notice(sentence, calm)`. */
  constructor({ send, notice }) {
    Object.assign(this, { send, notice });
    this.text = element("message");
    this.counter = element("counter");
    this.files = [];
    this.limits = { text: 4000, upload_bytes: 15 * 1024 * 1024, attachments: 5 };
    this.text.addEventListener("input", () => this.changed());
    this.text.addEventListener("keydown", (event) => {
      // On a phone Enter is a new line and the large button sends.
      const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing;
      if (!sends || matchMedia("(pointer: coarse)").matches) return;
      event.preventDefault();
      this.submit();
    });
    element("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    element("attach").addEventListener("click", () => element("file").click());
    element("file").addEventListener("change", (event) => this.addFiles(event.target));
    this.text.addEventListener("paste", (event) => {
      if (event.clipboardData.files.length) this.addFiles(event.clipboardData);
    });
    element("locate").addEventListener("click", () => this.locate());
  }

  write(text) {
    this.text.value = text;
    this.changed();
    this.text.focus();
    this.text.setSelectionRange(text.length, text.length);
  }

  changed() {
    const field = this.text.parentElement;
    this.text.style.blockSize = "auto";
    // A second line takes the whole width; it stays so until the text is gone, or it would jump to and fro.
    if (!this.text.value) field.classList.remove("tall");
    else if (this.text.scrollHeight > 64) field.classList.add("tall");
    this.text.style.blockSize = `${this.text.scrollHeight}px`;
    const left = this.limits.text - [...this.text.value].length;
    this.counter.textContent = left < 300 ? (left < 0 ? say("too_long") : say("characters_left", { n: persian(left) })) : "";
    this.counter.classList.toggle("over", left < 0);
  }

  submit() {
    const text = this.text.value.trim();
    if (!text && this.files.length === 0) return this.text.focus();
    if ([...text].length > this.limits.text) return this.notice(say("too_long"));
    const files = this.files.map((one) => one.file);
    const previews = this.files.map(({ file, url }) => ({ kind: url ? "photo" : kindOf(file), name: file.name, url }));
    this.text.value = "";
    this.files = [];
    this.showFiles();
    this.changed();
    this.notice("");
    this.send({ text }, files, previews);
    // Keeps the phone's keyboard up where it was up, and does not raise it where it was not.
    if (document.activeElement !== document.body && !matchMedia("(pointer: coarse)").matches) this.text.focus();
  }

  addFiles(source) {
    const megabytes = persian(Math.floor(this.limits.upload_bytes / 1024 / 1024));
    this.notice("");
    for (const file of source.files) {
      if (this.files.length >= this.limits.attachments) {
        this.notice(say("too_many_files", { n: persian(this.limits.attachments) }));
        break;
      }
      if (file.size > this.limits.upload_bytes) this.notice(say("too_large", { n: megabytes }));
      else {
        this.files.push({ file, url: file.type.startsWith("image/") ? URL.createObjectURL(file) : null });
        element("heard").textContent = say("file_added", { name: file.name });
      }
    }
    if (source instanceof HTMLInputElement) source.value = "";
    this.showFiles();
    this.text.focus();
  }

  showFiles() {
    const list = element("files");
    list.hidden = this.files.length === 0;
    list.replaceChildren(...this.files.map((one) => this.fileItem(one)));
  }

  fileItem(one) {
    const remove = make("button", { type: "button", "aria-label": say("remove_file", { name: one.file.name }) }, icon("close"));
    remove.addEventListener("click", () => {
      this.files = this.files.filter((other) => other !== one);
      this.showFiles();
      this.text.focus();
    });
    const shown = one.url ? make("img", { src: one.url, alt: "" }) : icon("file");
    if (one.url) shown.addEventListener("error", () => shown.replaceWith(icon("file")), { once: true });
    return make("li", { class: "file", title: one.file.name }, shown, remove);
  }

  locate() {
    const button = element("locate");
    if (!navigator.geolocation) return this.notice(say("location_missing"), true);
    button.setAttribute("aria-busy", "true");
    this.notice(say("location_looking"), true);
    const over = (sentence) => {
      button.removeAttribute("aria-busy");
      this.notice(sentence, true);
    };
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        over("");
        this.send({ pin: [coords.latitude, coords.longitude] });
      },
      (error) => {
        over(say(error.code === error.PERMISSION_DENIED ? "location_refused" : "location_missing"));
        this.text.focus();
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
    );
  }
}

function kindOf(file) {
  const kind = file.type.split("/")[0];
  return kind === "video" || kind === "audio" ? kind : kind === "image" ? "photo" : "document";
}
