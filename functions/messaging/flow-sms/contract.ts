import * as z from 'zod';
import { reads, reports, writes } from '#contract/effects.ts';
import { answering } from '#contract/resource.ts';

/** Takes the text messages of call flows (functions/telephony/call-flows/README.md, "Text messages of flows"). */
export const flowSms = answering('flow-sms', {
  area: 'messaging',
  question: z.object({
    org_id: z.int().min(1),
    /** Names the message, with a ULID: the same when the question is repeated. */
    id: z.string().min(27).max(40),
    call_id: z.string().min(1).max(64),
    to: z.string().max(1_024),
    /** Null: that of the template. */
    text: z.string().max(1_024).nullable(),
    /** An e-mail template of the organization, whose text part is sent. */
    template: z.string().max(81).nullable(),
    /** Of the template. Names such as `header.x_order` are paths. */
    variables: z.record(z.string().max(80), z.string().max(1_024)),
  }),
  /** `problem`: why it is not sent; null: it is queued. */
  answer: z.object({ problem: z.string().nullable() }),
  effects: [
    writes('batch'),
    writes('sms'),
    writes('smslog'),
    writes('due'),
    writes('balance'),
    writes('usage'),
    writes('rate'),
    reads('organization'),
    reads('number', 'GSI1'),
    reads('smsoptout'),
    reads('emailtemplate'),
    reads('emailtemplate-name'),
    reads('emailtemplate-version'),
    reads('billingprofile'),
    reads('tariff'),
    reports('sms.queued'),
  ],
  timeout: 5,
  attempts: 2,
});
