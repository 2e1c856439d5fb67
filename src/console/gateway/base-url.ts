/** The URL of the gateway as the browser sees it, with a slash at its end: the document's `base`. */
export const BASE_URL = new URL('.', document.baseURI);

/** The path of a page without the prefix under which a proxy shows the gateway. */
export const BASE_PATH = BASE_URL.pathname.replace(/\/$/, '');

export function urlOf(path: string): string {
  return new URL(path, BASE_URL).href;
}
