/** The page's elements, by the ids that its HTML gives them. */

type Kind<Element> = abstract new () => Element;

/** @throws Error if the page has no element of this id and kind */
export function byId<Element extends HTMLElement>(id: string, kind: Kind<Element>): Element {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no ${kind.name} ${id}`);
  return found;
}

type Child = Node | string;

/** A new element. Strings become text, never HTML. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const control = (id: string): HTMLInputElement => {
  const found = document.getElementById(id);
  if (found instanceof HTMLInputElement) return found;
  throw new Error(`the page has no field ${id}`);
};

export const valueOf = (id: string): string => control(id).value;

export function fill(id: string, value: string): void {
  control(id).value = value;
}

/** Shows the error of each field beside it, clears the others, and focuses the first invalid field. */
export function showProblems(form: HTMLElement, problems: Readonly<Record<string, string>>): void {
  for (const place of form.querySelectorAll<HTMLElement>('.problem')) {
    const id = place.id.replace(/-problem$/, '');
    const problem = problems[id];
    place.hidden = problem === undefined;
    place.textContent = problem ?? '';
    const field = document.getElementById(id);
    if (problem === undefined) field?.removeAttribute('aria-invalid');
    else field?.setAttribute('aria-invalid', 'true');
  }
  form.querySelector<HTMLElement>('input[aria-invalid]')?.focus();
}
