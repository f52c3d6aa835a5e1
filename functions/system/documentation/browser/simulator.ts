import './parts/simulator.css';
import { byId, element, fill, showProblems, valueOf } from './parts/elements.ts';
import { Rejection } from './parts/requests.ts';
import { connect, type Api, type Batch, type Call, type Policy } from './simulator/api.ts';
import { NoDraft, readDraft, withNewPolicy, withoutPolicy, withPolicy, withTemplate } from './simulator/draft.ts';
import { isPeriod, problemsOf, readNumbers, readPeriod, type Problems } from './simulator/questions.ts';
import { showResults } from './simulator/results.ts';
import { counted } from './simulator/sentences.ts';

/** The signed-in session. Nothing is kept beyond the page. */
type Session = { readonly api: Api; readonly policies: readonly Policy[] };

let session: Session | null = null;

const main = byId('simulator', HTMLElement);
const signIn = byId('sign-in', HTMLFormElement);
const simulation = byId('simulation', HTMLFormElement);

/** Invalid input, found before a request is sent. */
class InvalidInput extends Error {
  readonly problems: Problems;

  constructor(problems: Problems) {
    super();
    this.problems = problems;
  }
}

const say = (id: 'sign-in-status' | 'simulation-status', text: string): void => {
  byId(id, HTMLElement).textContent = text;
};

/** Runs an action, and shows its errors beside the fields. `lines`: the line of each call. */
async function attempt(
  status: Parameters<typeof say>[0],
  work: () => Promise<void>,
  lines: () => readonly number[] = () => [],
): Promise<void> {
  showProblems(main, {});
  try {
    await work();
  } catch (error) {
    say(status, '');
    showProblems(main, problemsIn(error, lines()));
  }
}

function problemsIn(error: unknown, lines: readonly number[]): Problems {
  if (error instanceof InvalidInput) return error.problems;
  if (error instanceof NoDraft) return { draft: error.message };
  if (error instanceof Rejection) {
    const { simulation: general, ...problems } = problemsOf(error, lines);
    return general === undefined ? problems : { ...problems, [simulation.hidden ? 'token' : 'simulation']: general };
  }
  throw error;
}

async function enter(): Promise<void> {
  const token = valueOf('token').trim();
  if (token === '') throw new InvalidInput({ token: 'Paste a token.' });
  say('sign-in-status', 'Signing in …');
  const api = connect(token, valueOf('organization').trim());
  const { policies, total } = await api.policies();
  session = { api, policies };
  fill('token', '');
  byId('policies', HTMLDataListElement).replaceChildren(
    ...policies.map(({ name }) => element('option', { value: name })),
  );
  simulation.hidden = false;
  const listed =
    policies.length < total
      ? ` The first ${policies.length.toLocaleString('en')} are offered; others can be changed by their id in the JSON.`
      : '';
  say('sign-in-status', `Signed in: ${counted(total, 'policy', 'policies')}.${listed}`);
  byId('from-numbers', HTMLInputElement).focus();
}

const signedIn = (): Session => {
  if (session === null) throw new InvalidInput({ token: 'Sign in first.' });
  return session;
};

let askedLines: readonly number[] = [];

async function decideCalls(): Promise<void> {
  const { api } = signedIn();
  const draft = readDraft(valueOf('draft'));
  const beside = draft === null ? {} : { draft };
  say('simulation-status', 'Deciding …');
  if (byId('from-records', HTMLInputElement).checked) {
    const period = readPeriod({ start: valueOf('start'), end: valueOf('end'), limit: valueOf('limit') });
    if (!isPeriod(period)) throw new InvalidInput(period);
    show(await api.decide({ cdrs: period, ...beside }), [], draft);
    return;
  }
  const { calls, lines } = readNumbers(valueOf('numbers'), {
    caller: valueOf('caller'),
    groups: valueOf('groups'),
    at: valueOf('at'),
  });
  askedLines = lines;
  if (calls.length === 0) throw new InvalidInput({ numbers: 'Enter at least one number.' });
  if (calls.length > 1_000)
    throw new InvalidInput({ numbers: `Enter at most 1,000 numbers; these are ${calls.length.toLocaleString('en')}.` });
  show(await api.decide({ calls, ...beside }), calls, draft);
}

function show(batch: Batch, calls: readonly Call[], draft: object | null): void {
  const { api } = signedIn();
  showResults(batch, calls, (call) => api.trace(call, draft));
  say('simulation-status', 'Decided: the results are below.');
}

/** The policy that the field names, by name or id. */
function chosenPolicy(): Policy {
  const wanted = valueOf('policy').trim().toLowerCase();
  const found = signedIn().policies.find(({ id, name }) => id === wanted || name.toLowerCase() === wanted);
  if (found === undefined)
    throw new InvalidInput({ policy: wanted === '' ? 'Choose a policy.' : 'No policy has this name.' });
  return found;
}

const edits: Readonly<Record<string, (text: string) => string | Promise<string>>> = {
  'edit-policy': (text) => withPolicy(text, chosenPolicy()),
  'delete-policy': (text) => withoutPolicy(text, chosenPolicy()),
  'new-policy': withNewPolicy,
  'edit-template': async (text) => withTemplate(text, await signedIn().api.template()),
};

for (const [id, edit] of Object.entries(edits)) {
  byId(id, HTMLButtonElement).addEventListener(
    'click',
    () =>
      void attempt('simulation-status', async () => {
        fill('draft', await edit(valueOf('draft')));
        byId('draft', HTMLTextAreaElement).focus();
      }),
  );
}

signIn.addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt('sign-in-status', enter);
});

simulation.addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt('simulation-status', decideCalls, () => askedLines);
});

simulation.addEventListener('change', () => {
  const byRecords = byId('from-records', HTMLInputElement).checked;
  byId('from-records-panel', HTMLElement).hidden = !byRecords;
  byId('from-numbers-panel', HTMLElement).hidden = byRecords;
});

byId('only-changed', HTMLInputElement).addEventListener('change', ({ target }) => {
  byId('calls', HTMLOListElement).classList.toggle(
    'only-changed',
    target instanceof HTMLInputElement && target.checked,
  );
});
