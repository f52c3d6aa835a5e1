import type { Invoke } from '#runtime/invoke.ts';
import { flowSms } from '#functions/messaging/flow-sms/contract.ts';
import { flowWebhooks } from '#functions/platform/flow-webhooks/contract.ts';

/** What calls in flows ask of functions, and wait for. */

/** Asks, unless as many calls of the organization wait for answers as may. @returns undefined: it does not ask */
type AskLimited = <Answer>(organization: number, ask: () => Promise<Answer>) => Promise<Answer | undefined>;

/** Limits what the calls of an organization wait for at once: those of one must leave functions for others. */
function limitOpen(max: number): AskLimited {
  const open = new Map<number, number>();
  const count = (organization: number, by: 1 | -1): void => {
    const after = (open.get(organization) ?? 0) + by;
    if (after === 0) open.delete(organization);
    else open.set(organization, after);
  };
  return async (organization, ask) => {
    if ((open.get(organization) ?? 0) >= max) return undefined;
    count(organization, 1);
    try {
      return await ask();
    } finally {
      count(organization, -1);
    }
  };
}

/** A request of a call to a server of its organization. `body`: JSON. */
export type FlowRequest = {
  readonly id: string;
  readonly url: string;
  readonly timeout_seconds: number;
  readonly body: string;
};

/** What came of a request: the JSON of its answer, or why there is none. */
export type RequestOutcome = { readonly answer?: unknown; readonly problem: string | null };

export type SendRequest = (organization: number, request: FlowRequest) => Promise<RequestOutcome>;

/** Requests of an organization that a task waits for at once: its servers may be slow. */
const maxRequests = 20;

/** Has requests of calls sent by the function of webhooks. */
export function flowRequests({
  invoke,
  fault,
}: {
  readonly invoke: Invoke<'flow-webhooks'>;
  readonly fault: (error: unknown) => void;
}): SendRequest {
  const limited = limitOpen(maxRequests);
  return async (organization, request) => {
    try {
      const outcome = await limited(organization, () => invoke(flowWebhooks, { org_id: organization, ...request }));
      return outcome ?? { problem: 'is not asked: too many calls wait for answers' };
    } catch (error) {
      fault(error);
      return { problem: 'is not asked: a part of the platform does not answer' };
    }
  };
}

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
const maxTexts = 5;

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
  const limited = limitOpen(maxTexts);
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
