/** The title of the document: that of the page, behind what is more urgent. */

let page = '';
let urgent: string | null = null;

const show = (): void => void (document.title = [urgent, page, 'Trunkline'].filter(Boolean).join(' · '));

export function setPageTitle(title: string): void {
  page = title;
  show();
}

/** @param text shown on every page until it is null, such as who calls */
export function setUrgentTitle(text: string | null): void {
  urgent = text;
  show();
}
