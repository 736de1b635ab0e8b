/** The map takes its colours from the page's tokens, so that the dark wall needs nothing of its own. */

export type Colours = (token: string) => string;

export function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  return (token) => style.getPropertyValue(`--${token}`).trim() || "#808080";
}
