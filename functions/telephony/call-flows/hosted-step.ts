import type { FlowStep, StepOf, Walkable } from '../schema/call-flow.ts';
import type { FlowState } from '../schema/call-flow-state.ts';
import { FlowCall } from './flow-call.ts';
import { fill, valueOf } from './flow-text.ts';

/** Milliseconds of the beep before a recording. */
const beepTime = 400;

const hostedTypes = ['voicemail', 'mailbox', 'record', 'webhook', 'sms', 'park'] as const;
type HostedStep = StepOf<(typeof hostedTypes)[number]>;

const hosted: ReadonlySet<string> = new Set(hostedTypes);

/** Whether the host carries out a step as a whole. */
export const isHosted = (present: FlowStep): present is HostedStep => hosted.has(present.type);

/** Has the host carry a step out. @param isVariable whether a text comes from a caller or a server */
export function requestOf(present: HostedStep, call: FlowCall, isVariable: (text: string) => boolean): void {
  const { variables } = call.state;
  if (present.type !== 'webhook' && present.type !== 'sms') call.answer();
  const id = call.nextId();
  switch (present.type) {
    case 'voicemail': {
      const greeting = call.parts(present.greeting);
      call.wait('depositing', { type: 'voicemail', id, mailbox: present.mailbox, greeting });
      return;
    }
    case 'mailbox':
      call.wait('depositing', { type: 'mailbox', id });
      return;
    case 'park':
      call.wait('parking', { type: 'park', id });
      return;
    case 'record':
      call.wait('recording', { type: 'record', id, max_seconds: present.max_seconds, beep: present.beep });
      call.startTimer(present.max_seconds * 1_000 + (present.beep ? beepTime : 0));
      return;
    case 'webhook': {
      const { url, timeout_seconds, send } = present;
      const sent = Object.fromEntries(send.map((name) => [name, valueOf(variables, name)]));
      call.wait('requesting', { type: 'request', id, url, timeout_seconds, variables: sent });
      return;
    }
    case 'sms':
      call.wait('texting', {
        type: 'sms',
        id,
        to: fill(present.to, variables),
        from_variable: isVariable(present.to),
        text: present.text === undefined ? null : fill(present.text, variables, { max: 1_000 }),
        template: present.template ?? null,
      });
  }
}

/** Whether a call goes on in the flow when who answered, or fetched it, hangs up; else it ends. */
export const goesOn = ({ after }: StepOf<'dial' | 'park'>, { answered_steps: answered }: FlowState): boolean =>
  after !== undefined || answered?.next != null;

/** Whether a parked call goes on in the flow when the phone that fetches it hangs up. */
export function goesOnWhenFetched(flow: Walkable, state: FlowState): boolean {
  const present = new FlowCall(state, 0).stepOf(flow, state.step);
  return state.phase === 'parked' && present?.type === 'park' && goesOn(present, state);
}
