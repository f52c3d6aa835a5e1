import { escapeHtml } from '#schema/markup.ts';

type Control = 'text' | 'password' | 'number' | 'datetime-local' | 'textarea';

type Field = {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly control: Control;
  /** What a browser may complete (HTML, "Autofill"); default: nothing. */
  readonly autocomplete?: 'off' | 'username' | 'current-password' | 'one-time-code';
  /** More attributes, as HTML. */
  readonly attributes?: string;
};

/** A control with its label, a hint, and a place for an error message. */
export function field({ id, label, hint, control, attributes = '', autocomplete = 'off' }: Field): string {
  const described = `aria-describedby="${hint === undefined ? '' : `${id}-hint `}${id}-problem"`;
  const common = `id="${id}" name="${id}" autocomplete="${autocomplete}" spellcheck="false" ${described} ${attributes}`;
  return `<div class="field"><label for="${id}">${escapeHtml(label)}</label>
${hint === undefined ? '' : `<p class="hint" id="${id}-hint">${escapeHtml(hint)}</p>`}
${control === 'textarea' ? `<textarea ${common}></textarea>` : `<input type="${control}" ${common}>`}
<p class="problem" id="${id}-problem" hidden></p></div>`;
}
