// What can be done with a picture that was drawn.

import {announce, notify} from './announce.js';
import {showLink} from './dialogs.js';
import {withoutPictures} from './guide_form.js';
import {linkTo} from './link.js';
import {download, fileName} from './pictures.js';
import {formOfPicture} from './recipe.js';

export async function copyLink(form) {
  const link = linkTo(form);
  try {
    await navigator.clipboard.writeText(link);
    notify(withoutPictures(form).had ? 'linkCopiedWithout' : 'linkCopied', {}, {seconds: 4});
  } catch {
    await showLink(link);  // the browser keeps the clipboard from pages without https
  }
}

// `page` has form, workbench, history, gallery, compare and lightbox.
export function pictureActions(page) {
  const useAs = async (mode, {blob, form}) => {
    page.form.mode = mode;
    const isEmpty = page.form.read().prompt === '';
    if (isEmpty && form) page.form.fill({...page.form.read(), prompt: formOfPicture({form}).prompt});
    await page.workbench.take(blob);
    scrollTo({top: 0, behavior: 'auto'});
  };
  return {
    open: (picture) => page.lightbox.open(picture),
    canEnlarge: () => page.form.canDo('upscale'),
    // After the lightbox the focus is where its last picture stands.
    closed: (picture) => {
      if (picture && document.activeElement === document.body) page.gallery.focus(picture.key);
    },
    download: (picture) => download(picture.blob, fileName(picture)),
    edit: (picture) => useAs('edit', picture),
    upscale: (picture) => useAs('upscale', picture),
    useSettings: (picture) => {
      page.fill(formOfPicture(picture));
      page.form.showDrawn(picture);
      announce('settingsTaken');
    },
    copyLink: (picture) => copyLink(formOfPicture(picture)),
    compare: (picture) => page.compare.choose(picture),
    remove: async (picture) => {
      await page.history.remove(picture.key);
      page.compare.forget([picture.key]);
      page.gallery.show();
      notify('deleted', {}, {actions: [{say: 'undo', onclick: async () => {
        await page.history.add(picture);
        page.gallery.show();
      }}]});
    },
  };
}
