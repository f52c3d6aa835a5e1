import type { CallControls } from '#browser-phone/phone.ts';
import { callOf, maxCalls, stageTexts, type PhoneState } from '#browser-phone/state.ts';
import { byId, element, showProblems } from '../parts/elements.ts';
import { newCallCard, type CallCard } from './call-card.ts';
import { eventText, type PlatformEvent } from './events.ts';

/** Shows the state in the elements of the page. */

/** Events that are listed. */
const maxEvents = 50;

/** Changes a text only if it differs: screen readers read live regions again otherwise. */
function say(place: HTMLElement, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}

export type View = {
  readonly show: (state: PhoneState) => void;
  readonly addEvent: (event: PlatformEvent) => void;
  readonly clearEvents: () => void;
};

const placesOfPage = () => ({
  signIn: byId('sign-in', HTMLFormElement),
  signInStatus: byId('sign-in-status', HTMLElement),
  code: byId('code-field', HTMLElement),
  codeInput: byId('code', HTMLInputElement),
  telephone: byId('telephone', HTMLElement),
  number: byId('number', HTMLInputElement),
  who: byId('who', HTMLElement),
  stage: byId('stage', HTMLElement),
  dial: byId('dial-button', HTMLButtonElement),
  calls: byId('calls', HTMLElement),
  notice: byId('notice', HTMLElement),
  events: byId('events', HTMLElement),
  eventList: byId('event-list', HTMLOListElement),
  noEvents: byId('no-events', HTMLElement),
});
type Places = ReturnType<typeof placesOfPage>;

const isSignedIn = ({ stage }: PhoneState): boolean => !['signed out', 'signing in'].includes(stage);

/** Shows the form of the sign-in or the phone, and moves the focus when one follows the other. */
function showSignIn(places: Places, state: PhoneState, before: PhoneState | undefined): void {
  const isIn = isSignedIn(state);
  places.signIn.hidden = isIn;
  places.telephone.hidden = !isIn;
  places.events.hidden = !isIn;
  places.code.hidden = !state.wantsCode;
  say(places.signInStatus, state.stage === 'signing in' ? stageTexts[state.stage] : '');
  const field = state.wantsCode ? 'code' : 'username';
  if (before?.problem !== state.problem)
    showProblems(places.signIn, state.problem === '' ? {} : { [field]: state.problem });
  if (state.wantsCode && before?.wantsCode === false) places.codeInput.focus();
  if (isIn && before !== undefined && !isSignedIn(before)) places.number.focus();
}

function showLine(places: Places, { user, extension, stage, calls, notice }: PhoneState): void {
  say(places.who, extension === null ? user : `${user} (${extension})`);
  say(places.stage, stageTexts[stage]);
  places.stage.className = `stage ${stage.replace(' ', '-')}`;
  const hadFocus = places.dial === document.activeElement;
  places.dial.disabled = stage !== 'ready' || calls.length >= maxCalls;
  if (hadFocus && places.dial.disabled) places.number.focus();
  say(places.notice, notice);
}

export function newView(controls: CallControls): View {
  const places = placesOfPage();
  const cards = new Map<string, CallCard>();
  let shown: PhoneState | undefined;

  function showCalls(state: PhoneState): void {
    for (const [id, card] of cards) {
      if (callOf(state, id) !== undefined) continue;
      const hadFocus = card.element.contains(document.activeElement);
      card.element.remove();
      cards.delete(id);
      if (hadFocus) places.number.focus();
    }
    for (const call of state.calls) {
      const card = cards.get(call.id) ?? newCallCard(call.id, controls);
      if (!cards.has(call.id)) places.calls.append(card.element);
      cards.set(call.id, card);
      card.update(state, call);
    }
  }

  return {
    show: (state) => {
      showSignIn(places, state, shown);
      showLine(places, state);
      showCalls(state);
      shown = state;
    },
    addEvent: (event) => {
      places.noEvents.hidden = true;
      places.eventList.prepend(eventItem(event));
      while (places.eventList.children.length > maxEvents) places.eventList.lastElementChild?.remove();
    },
    clearEvents: () => {
      places.eventList.replaceChildren();
      places.noEvents.hidden = false;
    },
  };
}

function eventItem(event: PlatformEvent): HTMLLIElement {
  const at = event.at === undefined ? new Date() : new Date(event.at);
  const json = JSON.stringify(event, null, 2);
  return element(
    'li',
    {},
    element(
      'details',
      {},
      element(
        'summary',
        {},
        element('time', { datetime: at.toISOString() }, at.toLocaleTimeString('en-GB')),
        ' ',
        element('code', {}, event.type),
        ' ',
        element('span', { class: 'what' }, eventText(event)),
      ),
      element('pre', { tabindex: '0', role: 'group', 'aria-label': `${event.type} as JSON` }, json),
    ),
  );
}
