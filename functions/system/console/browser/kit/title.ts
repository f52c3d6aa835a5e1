import { platformLook } from '#schema/console-look.ts';

/** The title of the document: that of the page, behind what is more urgent. */

let product: string = platformLook.name;
let page = '';
let urgent: string | null = null;

const show = (): void => void (document.title = [urgent, page, product].filter(Boolean).join(' · '));

/** @param name of the brand */
export function setProductTitle(name: string): void {
  product = name;
  show();
}

export function setPageTitle(title: string): void {
  page = title;
  show();
}

/** @param text shown on every page until it is null, such as who calls */
export function setUrgentTitle(text: string | null): void {
  urgent = text;
  show();
}
