import './parts/phone.css';
import { newPhone } from '#browser-phone/phone.ts';
import { problemOf } from '#browser-phone/reasons.ts';
import { callOf, type PhoneState } from '#browser-phone/state.ts';
import type { LineAccount } from '#browser-phone/line.ts';
import { byId, fill, valueOf } from './parts/elements.ts';
import { Rejection } from './parts/requests.ts';
import { logIn, type Session } from './phone/api.ts';
import { listenToEvents } from './phone/events.ts';
import { newView } from './phone/view.ts';

/** What exists while someone is signed in. Nothing of it is kept beyond the page. */
type Use = { readonly session: Session; readonly account: LineAccount; readonly stop: () => void };

let use: Use | null = null;
/** Of a log-in that waits for its code. */
let waiting: string | null = null;

const phone = newPhone(show);
const { dispatch } = phone;
const view = newView(phone.controls);

function show(state: PhoneState): void {
  if (state.stage === 'signed out') leave();
  view.show(state);
}

/** Closes what is open. The line ends, so that no one can use it. */
function leave(): void {
  const left = use;
  use = null;
  left?.stop();
  void left?.session.end(left.account);
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
  phone.open(account);
  use = { session, account, stop: listenToEvents(account, view.addEvent) };
}

byId('sign-in', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  if (phone.state().stage === 'signing in') return;
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
    phone.call(number);
    numberField.value = '';
  }
});

/** A digit of the keypad or keyboard: into the call that is talked to, else into the number. */
function press(digit: string): void {
  if (!phone.press(digit)) numberField.value += digit;
}

byId('keypad', HTMLElement).addEventListener('click', ({ target }) => {
  const digit = target instanceof Element ? target.closest('button')?.value : undefined;
  if (digit !== undefined) press(digit);
});

/** Closes the form that has the focus, if one is open; else ends a call. */
function escape(target: EventTarget | null): void {
  const form = target instanceof Element ? target.closest('details') : null;
  const state = phone.state();
  const call = callOf(state, state.activeId) ?? state.calls[0];
  if (form?.open === true) {
    form.open = false;
    form.querySelector('summary')?.focus();
  } else if (call !== undefined) phone.controls.hangUp(call.id);
}

document.addEventListener('keydown', (event) => {
  const { target, key } = event;
  if (use === null || event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === 'Escape') escape(target);
  else if (/^[0-9*#]$/.test(key) && !(target instanceof HTMLInputElement)) press(key);
});

// Times of the calls.
setInterval(() => {
  if (phone.state().calls.length > 0) view.show(phone.state());
}, 1_000);

addEventListener('beforeunload', (event) => {
  if (phone.state().calls.length > 0) event.preventDefault();
});
addEventListener('pagehide', () => {
  if (use !== null) dispatch({ kind: 'signed out' });
});

byId('insecure', HTMLElement).hidden = isSecureContext;
byId('sign-in-button', HTMLButtonElement).disabled = !isSecureContext;
view.show(phone.state());
