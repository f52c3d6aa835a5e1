import './parts/phone.css';
import { byId, fill, valueOf } from './parts/elements.ts';
import { Rejection } from './parts/requests.ts';
import { logIn, type LineAccount, type Session } from './phone/api.ts';
import { listenToEvents } from './phone/events.ts';
import { openLine, type Line } from './phone/line.ts';
import { problemOf } from './phone/reasons.ts';
import { newRinger } from './phone/ringer.ts';
import { callOf, nextState, signedOut, type Action, type PhoneState } from './phone/state.ts';
import { newView, toneOf } from './phone/view.ts';

/** What exists while someone is signed in. Nothing of it is kept beyond the page. */
type Use = { readonly session: Session; readonly account: LineAccount; readonly line: Line; readonly stop: () => void };

let state: PhoneState = signedOut;
let use: Use | null = null;
/** Of a log-in that waits for its code. */
let waiting: string | null = null;

const ring = newRinger();
const players = new Map<string, HTMLAudioElement>();

/** The element that plays a call. It is in the page so that tests and tools find it. */
function playIn(id: string): HTMLAudioElement {
  const made = players.get(id) ?? new Audio();
  made.autoplay = true;
  players.set(id, made);
  return made;
}

function dispatch(action: Action): void {
  state = nextState(state, action);
  if (action.kind === 'ended') players.delete(action.id);
  if (action.kind === 'signed out') leave();
  ring(toneOf(state));
  view.show(state);
}

/** Puts every other call on hold, so that one is talked to at a time. */
function holdOthers(id: string | null): void {
  for (const call of state.calls)
    if (call.id !== id && call.phase === 'talking' && !call.isHeld) use?.line.hold(call.id, true);
}

function callNumber(number: string, consultsFor?: string): void {
  holdOthers(null);
  use?.line.call(number, consultsFor);
}

const view = newView({
  answer: (id) => {
    holdOthers(id);
    use?.line.answer(id);
  },
  hangUp: (id) => use?.line.hangUp(id),
  hold: (id, isHeld) => {
    if (!isHeld) {
      holdOthers(id);
      dispatch({ kind: 'selected', id });
    }
    use?.line.hold(id, isHeld);
  },
  mute: (id, isMuted) => use?.line.mute(id, isMuted),
  transfer: (id, number) => use?.line.transfer(id, number),
  consult: (id, number) => callNumber(number, id),
  join: (id, other) => {
    // SIP names the dialog of a call that was made here.
    const isReplaced = callOf(state, other)?.isOutgoing === true;
    if (isReplaced) use?.line.join(id, other);
    else use?.line.join(other, id);
  },
});

/** Closes what is open. The line ends, so that no one can use it. */
function leave(): void {
  const left = use;
  use = null;
  left?.stop();
  left?.line.close();
  void left?.session.end(left.account);
  players.clear();
  view.clearEvents();
}

async function signIn(): Promise<void> {
  const wanted = { username: valueOf('username').trim(), password: valueOf('password'), code: valueOf('code').trim() };
  dispatch({ kind: 'signing in' });
  const session = await logIn({ ...wanted, waiting });
  if ('waiting' in session) {
    waiting = session.waiting;
    dispatch({ kind: 'code wanted' });
    return;
  }
  waiting = null;
  const account = await session.makeLine().catch(async (error: unknown) => {
    await session.end(null);
    throw error;
  });
  fill('password', '');
  fill('code', '');
  dispatch({ kind: 'signed in', user: session.user, extension: session.extension });
  use = {
    session,
    account,
    line: openLine(account, dispatch, playIn),
    stop: listenToEvents(account, view.addEvent),
  };
}

byId('sign-in', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  if (state.stage === 'signing in') return;
  signIn().catch((error: unknown) => {
    if (!(error instanceof Rejection)) {
      dispatch({ kind: 'rejected', problem: 'The phone has failed. Load the page again.' });
      throw error;
    }
    // A session that waits for its code ends after some wrong ones.
    if (error.code !== 'INVALID_TOTP_CODE') waiting = null;
    dispatch({ kind: 'rejected', problem: problemOf(error) });
  });
});

byId('sign-out', HTMLButtonElement).addEventListener('click', () => {
  dispatch({ kind: 'signed out' });
  byId('username', HTMLInputElement).focus();
});

const numberField = byId('number', HTMLInputElement);

byId('dial', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const number = numberField.value.trim();
  if (number === '') numberField.focus();
  else if (!byId('dial-button', HTMLButtonElement).disabled) {
    callNumber(number);
    numberField.value = '';
  }
});

/** A digit of the keypad or keyboard: into the call that is talked to, else into the number. */
function press(digit: string): void {
  const call = callOf(state, state.activeId);
  if (call?.phase === 'talking' && !call.isHeld) {
    use?.line.press(call.id, digit);
    dispatch({ kind: 'said', notice: `Sent ${digit}.` });
  } else numberField.value += digit;
}

byId('keypad', HTMLElement).addEventListener('click', ({ target }) => {
  const digit = target instanceof Element ? target.closest('button')?.value : undefined;
  if (digit !== undefined) press(digit);
});

/** Closes the form that has the focus, if one is open; else ends a call. */
function escape(target: EventTarget | null): void {
  const form = target instanceof Element ? target.closest('details') : null;
  const call = callOf(state, state.activeId) ?? state.calls[0];
  if (form?.open === true) {
    form.open = false;
    form.querySelector('summary')?.focus();
  } else if (call !== undefined) use?.line.hangUp(call.id);
}

document.addEventListener('keydown', (event) => {
  const { target, key } = event;
  if (use === null || event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === 'Escape') escape(target);
  else if (/^[0-9*#]$/.test(key) && !(target instanceof HTMLInputElement)) press(key);
});

// Times of the calls.
setInterval(() => {
  if (state.calls.length > 0) view.show(state);
}, 1_000);

addEventListener('beforeunload', (event) => {
  if (state.calls.length > 0) event.preventDefault();
});
addEventListener('pagehide', () => {
  if (use !== null) dispatch({ kind: 'signed out' });
});

byId('insecure', HTMLElement).hidden = isSecureContext;
byId('sign-in-button', HTMLButtonElement).disabled = !isSecureContext;
view.show(state);
