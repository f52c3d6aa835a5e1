import { flowSms } from '#functions/messaging/flow-sms/contract.ts';
import type { Invoke } from '#runtime/invoke.ts';
import { limitOpen } from './open-questions.ts';

/** A text message of a call. `to`: as it is written; `text` null: that of the template, with the variables. */
export type FlowText = {
  readonly call_id: string;
  readonly to: string;
  readonly text: string | null;
  readonly template: string | null;
  readonly variables: Readonly<Record<string, string>>;
};

/** Has a message queued. @returns why it is not sent; null if it is queued */
export type SendText = (organization: number, text: FlowText) => Promise<string | null>;

/** Messages of an organization that a task waits for at once. */
const maxOpen = 5;

/** Has messages of calls queued by the function of SMS, which limits them and has the organization pay. */
export function flowTexts({
  invoke,
  nextId,
  fault,
}: {
  readonly invoke: Invoke<'flow-sms'>;
  readonly nextId: (kind: 'cmd') => string;
  readonly fault: (error: unknown) => void;
}): SendText {
  const limited = limitOpen(maxOpen);
  return async (organization, text) => {
    const question = { org_id: organization, id: nextId('cmd'), ...text };
    try {
      const outcome = await limited<{ readonly problem: string | null }>(organization, () => invoke(flowSms, question));
      return outcome === undefined ? 'too many calls send messages' : outcome.problem;
    } catch (error) {
      fault(error);
      return 'a part of the platform does not answer';
    }
  };
}
