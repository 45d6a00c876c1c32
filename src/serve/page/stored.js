// What this browser keeps of the page: for this tab, or for all tabs. A browser that keeps nothing,
// as where site data is blocked, remembers as long as the page is open.

const within = (area) => {
  const memory = new Map();
  const attempt = (action, otherwise) => {
    try {
      return action(window[area]);
    } catch {  // reading window.localStorage throws there already
      return otherwise();
    }
  };
  return {
    get: (name) => attempt((kept) => kept.getItem(name), () => memory.get(name) ?? null),
    set: (name, text) => attempt((kept) => kept.setItem(name, text), () => memory.set(name, text)),
  };
};

export const ofTab = within('sessionStorage');
export const ofBrowser = within('localStorage');
