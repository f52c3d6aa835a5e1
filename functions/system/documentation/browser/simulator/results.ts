import type { Batch, Call, Decision, TraceEntry, Traces } from './api.ts';
import { byId, element } from '../parts/elements.ts';
import { differences, linesOf, outcomeOf, counted } from './sentences.ts';

/** Shows the decisions: before and after, the differences, and the trace. */

/** A call with its decisions. `after` is null without a draft, or if the draft does not change this call. */
type Shown = { readonly call: Call; readonly before: Decision; readonly after: Decision | null };

type Tracing = (call: Call) => Promise<Traces>;

/** Shows the answer of a batch. `calls`: the calls that were sent, if any. */
export function showResults(batch: Batch, calls: readonly Call[], tracing: Tracing): void {
  const shown = shownOf(batch, calls);
  byId('summary', HTMLElement).replaceChildren(...summaryOf(batch, shown));
  byId('calls', HTMLOListElement).replaceChildren(...shown.map((each) => item(each, tracing)));
  // For call records the API answers only those that change.
  byId('only-changed-choice', HTMLElement).hidden = batch.changed === undefined || batch.summary !== undefined;
  byId('results', HTMLElement).hidden = false;
  byId('results-title', HTMLElement).focus();
}

function shownOf({ results, changed = [] }: Batch, calls: readonly Call[]): readonly Shown[] {
  if (results === undefined)
    return changed.map(({ call, before, after }) => ({ call: call ?? { called: '' }, before, after }));
  const changes = new Map(changed.map((change) => [change.index, change]));
  return results.map((decision, index) => {
    const change = changes.get(index);
    return { call: calls[index] ?? { called: '' }, before: change?.before ?? decision, after: change?.after ?? null };
  });
}

/** The totals. For call records the API counts, as it does not answer each one. */
const figuresOf = ({ summary, results = [], changed = [] }: Batch): NonNullable<Batch['summary']> => {
  const allowed = results.filter((each) => each.allowed).length;
  return summary ?? { evaluated: results.length, allowed, denied: results.length - allowed, changed: changed.length };
};

function summaryOf(batch: Batch, shown: readonly Shown[]): readonly Node[] {
  const { evaluated, allowed, denied, changed } = figuresOf(batch);
  const { plan_version: version, warnings = [], summary } = batch;
  const [by, changes] =
    batch.changed === undefined ? ['the saved plan', ''] : ['the draft', `, ${counted(changed, 'changed call')}`];
  const partly =
    summary !== undefined && changed > shown.length
      ? ` The first ${shown.length.toLocaleString('en')} changes are shown.`
      : '';
  const counts = `${allowed.toLocaleString('en')} allowed, ${denied.toLocaleString('en')} denied${changes}`;
  const sentence = `${counted(evaluated, 'call')} by ${by}: ${counts}.${partly} Version ${version} of the plan.`;
  return [
    document.createTextNode(sentence),
    ...warnings.map((warning) => element('span', { class: 'warning' }, warning)),
  ];
}

function item({ call, before, after }: Shown, tracing: Tracing): HTMLLIElement {
  const changed = after === null ? [] : differences(before, after);
  const marks = new Set(changed);
  const sides =
    after === null ? [side('', before, marks)] : [side('Before', before, marks), side('After', after, marks)];
  const from = [
    call.caller === undefined ? '' : `from ${call.caller}`,
    call.at === undefined ? '' : new Date(call.at).toLocaleString(),
  ]
    .filter((part) => part !== '')
    .join(', ');
  const heading = element(
    'h3',
    {},
    element('code', {}, call.called),
    ...(from === '' ? [] : [' ', element('small', {}, from)]),
  );
  const change =
    after === null
      ? []
      : [
          element(
            'p',
            { class: 'changed' },
            `Changes: ${[...verdictChange(before, after), ...changed.map((name) => name.toLowerCase())].join(', ')}`,
          ),
        ];
  return element(
    'li',
    { class: after === null ? 'same' : 'different' },
    heading,
    ...change,
    element('div', { class: 'sides' }, ...sides),
    ...trace(call, tracing),
  );
}

/** What happens to the verdict, if that changes. */
function verdictChange(before: Decision, after: Decision): readonly string[] {
  if (before.allowed === after.allowed) return [];
  return [after.allowed ? 'now allowed' : 'now denied'];
}

function side(title: string, decision: Decision, marks: ReadonlySet<string>): HTMLElement {
  const verdict = element(
    'p',
    { class: decision.allowed ? 'verdict allowed' : 'verdict denied' },
    ...(title === '' ? [] : [element('span', { class: 'title' }, title), ' ']),
    element('strong', {}, decision.allowed ? 'Allowed' : 'Denied'),
  );
  const lines = linesOf(decision).flatMap(([name, text]) => [
    element('dt', {}, name),
    element('dd', {}, marks.has(name) ? element('mark', {}, text) : text),
  ]);
  return element('div', { class: 'side' }, verdict, element('dl', {}, ...lines));
}

/** A button that shows the trace; the first click requests it. */
function trace(call: Call, tracing: Tracing): readonly HTMLElement[] {
  const shown = element('div', { class: 'trace', role: 'status' });
  const button = element(
    'button',
    { type: 'button', 'aria-expanded': 'false', 'aria-label': `Trace of ${call.called}` },
    'Trace',
  );
  let asked = false;
  button.addEventListener('click', () => {
    const isOpen = button.getAttribute('aria-expanded') === 'true';
    button.setAttribute('aria-expanded', String(!isOpen));
    shown.hidden = isOpen;
    if (asked) return;
    asked = true;
    tracing(call).then(
      ({ saved, draft }) => {
        shown.replaceChildren(
          ...traceOf('By the saved plan', saved),
          ...(draft === null ? [] : traceOf('By the draft', draft)),
        );
      },
      (error: unknown) => {
        asked = false;
        shown.replaceChildren(
          element('p', { class: 'problem' }, error instanceof Error ? error.message : String(error)),
        );
      },
    );
  });
  return [element('p', { class: 'buttons' }, button), shown];
}

function traceOf(title: string, entries: readonly TraceEntry[]): readonly Node[] {
  const heading = element('h4', {}, title);
  if (entries.length === 0) return [heading, element('p', {}, 'No policy matches: the template decides.')];
  const items = entries.map((entry) =>
    element(
      'li',
      { class: entry.outcome === 'applied' ? 'applied' : '' },
      element('strong', {}, entry.name),
      ` (priority ${entry.priority}) ${outcomeOf(entry)}.`,
    ),
  );
  return [heading, element('ol', {}, ...items)];
}
