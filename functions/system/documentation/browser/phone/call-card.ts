import type { CallControls } from '#browser-phone/phone.ts';
import { durationText, joinable, partyText, stateText, type Call, type PhoneState } from '#browser-phone/state.ts';
import { element } from '../parts/elements.ts';

/** The card of a call: one element for as long as the call lasts, so that the focus stays. */
export type CallCard = { readonly element: HTMLElement; readonly update: (state: PhoneState, call: Call) => void };

type ButtonLook = { readonly class?: string };

function button(text: string, onClick: () => void, look: ButtonLook = {}): HTMLButtonElement {
  const made = element('button', { type: 'button', ...look }, text);
  made.addEventListener('click', onClick);
  return made;
}

/** A button that is on or off. */
function toggle(text: string, onChange: (isOn: boolean) => void) {
  const made = button(text, () => onChange(made.getAttribute('aria-pressed') !== 'true'));
  return {
    element: made,
    show: (isOn: boolean): void => made.setAttribute('aria-pressed', String(isOn)),
  };
}

/** The form with the new party of a transfer. */
function transferForm(id: string, { transfer, consult }: CallControls) {
  const input = element('input', {
    id: `transfer-${id}`,
    type: 'tel',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  const label = element('label', { for: input.id }, 'Transfer to');
  const withNumber = (work: (id: string, number: string) => void) => (): void => {
    const number = input.value.trim();
    if (number === '') input.focus();
    else work(id, number);
  };
  const now = element('button', { type: 'submit' }, 'Transfer now');
  const form = element(
    'form',
    { class: 'transfer', novalidate: '' },
    element('div', { class: 'field' }, label, input),
    element('p', { class: 'buttons' }, now, button('Ask first', withNumber(consult))),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    withNumber(transfer)();
  });
  return form;
}

function partsOf(id: string, controls: CallControls) {
  return {
    title: element('h3', { id: `party-${id}` }),
    state: element('span', { class: 'state' }),
    time: element('span', { class: 'time' }),
    answer: button('Answer', () => controls.answer(id), { class: 'answer' }),
    hangUp: button('Hang up', () => controls.hangUp(id), { class: 'hang-up' }),
    hold: toggle('Hold', (isOn) => controls.hold(id, isOn)),
    mute: toggle('Mute', (isOn) => controls.mute(id, isOn)),
    join: button('Connect the two', () => undefined),
    transfer: element('details', {}, element('summary', {}, 'Transfer'), transferForm(id, controls)),
  };
}

/** A control that is hidden passes its focus on: to the button that mutes, as a key may be pressed twice. */
function keepFocus(before: Element | null, next: HTMLElement): void {
  if (before !== null && before.closest('[hidden]') !== null) next.focus();
}

/** @param id of the call */
export function newCallCard(id: string, controls: CallControls): CallCard {
  const parts = partsOf(id, controls);
  const { title, state, time, answer, hangUp, hold, mute, join, transfer } = parts;
  const card = element(
    'li',
    { class: 'call', 'data-call': id },
    element('div', { class: 'call-head' }, title, element('p', {}, state, ' ', time)),
    // Two calls have controls of the same names.
    element(
      'div',
      { role: 'group', 'aria-labelledby': title.id },
      element('p', { class: 'buttons' }, answer, hangUp, hold.element, mute.element, join),
      transfer,
    ),
  );
  let joinedTo = '';
  join.addEventListener('click', () => controls.join(id, joinedTo));
  return {
    element: card,
    update: (phone, call) => {
      const isTalking = call.phase === 'talking';
      const focused = card.querySelector(':focus');
      title.textContent = partyText(call);
      state.textContent = stateText(call);
      time.textContent = call.answeredAt === null ? '' : durationText(Date.now() - call.answeredAt);
      card.classList.toggle('active', phone.activeId === id);
      answer.hidden = call.phase !== 'incoming';
      hangUp.textContent = call.phase === 'incoming' ? 'Decline' : 'Hang up';
      for (const each of [hold.element, mute.element, transfer]) each.hidden = !isTalking || call.transfer !== 'none';
      hold.show(call.isHeld);
      mute.show(call.isMuted);
      const other = joinable(phone, call);
      joinedTo = other?.id ?? '';
      join.hidden = other === undefined || phone.activeId !== id || call.transfer !== 'none';
      join.textContent = other === undefined ? '' : `Connect to ${partyText(other)}`;
      keepFocus(focused, mute.element.hidden ? hangUp : mute.element);
    },
  };
}
