import type { FlowEvent, FlowPhase } from '../schema/call-flow-state.ts';

/** Which events a call takes in which phase. */

/** An event that ends what the call waits for. */
export type SettlingEvent = Extract<FlowEvent, { readonly id: number }>;

const digitForm = /^[0-9*#A-D]$/;

/** Phases in which digits are not for the flow. */
const deaf: ReadonlySet<FlowPhase> = new Set(['new', 'dialing', 'talking', 'depositing', 'parking', 'parked']);

/** In which phases an event ends what the call waits for. */
const settledIn: Readonly<Record<SettlingEvent['type'], readonly FlowPhase[]>> = {
  played: ['playing'],
  dialed: ['dialing', 'talking', 'parked'],
  parked: ['parking'],
  recorded: ['recording'],
  requested: ['requesting'],
  sent: ['texting'],
  deposited: ['depositing'],
  loaded: ['loading'],
  timer: [],
};

/** Whether a digit is for the flow. */
export const isForFlow = (digit: string, phase: FlowPhase): boolean => digitForm.test(digit) && !deaf.has(phase);

/** Whether an event is one that a call waits for in a phase. */
export const isAwaited = ({ type }: SettlingEvent, phase: FlowPhase): boolean => settledIn[type].includes(phase);

/** Whether someone else has done something: what fails at once, such as a number that is denied, is none. */
export function isInput(event: SettlingEvent): boolean {
  switch (event.type) {
    case 'dialed':
      return event.outcome !== 'unreachable' && event.outcome !== 'denied';
    case 'recorded':
      return event.file !== null;
    case 'requested':
      return event.answer !== undefined;
    default:
      return event.type === 'deposited';
  }
}
