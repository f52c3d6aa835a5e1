import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { EventSelector } from '#contract/events.ts';
import { resource } from '#contract/resource.ts';
import { commonErrors } from '#errors.ts';
import { noticeChannels, triggerAliases } from '#schema/notifier-settings.ts';
import { TimeOfDay } from '#schema/sending-window.ts';
import { E164, Email, Id, Name, TimeZone } from '#schema/values.ts';
import { examples } from './examples.ts';
import { ShownNotifier, templateProblem, usesRecipient } from './notifier-settings.ts';
import { NewQueueMonitor, QueueId, ShownQueueMonitor } from './queue-monitor.ts';

/** Bytes of a document. */
const bodyLimit = 64 * 1_024;

/** The events that start a rule: an alias, or what a webhook may select. */
const RuleTrigger = z.union([z.enum(triggerAliases), EventSelector]);

const Template = z
  .string()
  .trim()
  .min(1)
  .max(1_000)
  .superRefine((template, context) => {
    const message = templateProblem(template);
    if (message !== undefined) context.addIssue({ code: 'custom', message, params: commonErrors.INVALID_TEMPLATE });
  });

const NewRule = z
  .object({
    id: Id('rule').optional().describe('Id of the rule that it replaces; absent: a new rule'),
    name: Name.describe('Name of the rule'),
    trigger: RuleTrigger.describe(
      '`missed_call`, `new_voicemail`, `device_offline`, a type of event, an area such as `trunk.*`, `custom` for ' +
        'events that clients file with `notify`, or `*`',
    ),
    channels: z
      .array(z.enum(noticeChannels))
      .min(1)
      .refine((all) => new Set(all).size === all.length, 'must not have a channel twice')
      .describe('How its notices are sent'),
    template: Template.describe(
      'Text with `{{caller_id}}`, `{{time}}`, `{{duration}}`, `{{event}}` and `{{data.…}}`; or the name of an ' +
        'e-mail template of the organization',
    ),
    recipients: z
      .array(z.union([E164, Email], 'must be a number in E.164 or an e-mail address'))
      .max(10)
      .default([])
      .describe('Numbers for `sms`, addresses for `email`; none: whom the event concerns'),
    enabled: z.boolean().default(true).describe('Whether events start it'),
  })
  .superRefine(({ channels, recipients }, context) => {
    for (const [at, recipient] of recipients.entries())
      if (!usesRecipient(channels, recipient))
        context.addIssue({ code: 'custom', path: ['recipients', at], message: 'is used by no channel of the rule' });
  });

const QuietHours = z
  .object({
    enabled: z.boolean().default(true).describe('Whether notices wait for the end'),
    start: TimeOfDay.describe('Start, `HH:MM`'),
    end: TimeOfDay.describe('End, `HH:MM`; before `start`: on the next day'),
    timezone: TimeZone.optional().describe('IANA time zone; default: that of the organization'),
  })
  .refine(({ start, end }) => start !== end, { path: ['end'], message: 'must differ from start' });

const DeliveryPreferences = z.object({
  quiet_hours: QuietHours.default({ enabled: false, start: '22:00', end: '07:00' }).describe(
    'Hours in which no notice is sent, unless its event is critical; default: none',
  ),
  max_notifications_per_hour: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('Notices in an hour; what is beyond becomes one digest'),
});

/** Body of `PUT /bespoke/notifier`. */
const NewNotifier = z
  .object({
    notification_rules: z.array(NewRule).max(50).default([]).describe('Rules by which events become notices'),
    delivery_preferences: DeliveryPreferences.default({
      quiet_hours: { enabled: false, start: '22:00', end: '07:00' },
      max_notifications_per_hour: 10,
    }).describe('When notices are sent'),
  })
  .meta({ id: 'NewNotifier' });
export type NewNotifier = z.output<typeof NewNotifier>;

export const getQueueMonitor = endpoint('GET /bespoke/queuemon', {
  id: 'getQueueMonitor',
  summary: 'Get the settings of a queue monitor',
  description: 'Those of the queue, else the general ones. 404 until they are set.',
  scope: 'system:read',
  query: { queue_id: QueueId.optional().describe('Queue; default: the general settings') },
  answers: { 200: ShownQueueMonitor },
  errors: ['NOT_FOUND'],
  effects: [reads('bespoke')],
});

export const setQueueMonitor = endpoint('PUT /bespoke/queuemon', {
  id: 'setQueueMonitor',
  summary: 'Set the settings of a queue monitor',
  description: 'Replaces them: fields that are absent return to their defaults.',
  scope: 'system:write',
  nullIsAbsent: true,
  body: NewQueueMonitor,
  bodyLimit,
  format: 'standard',
  answers: { 200: ShownQueueMonitor, 201: ShownQueueMonitor },
  errors: ['LIMIT_EXCEEDED'],
  effects: [writes('bespoke'), writes('count'), records('bespoke.updated')],
});

export const getNotifier = endpoint('GET /bespoke/notifier', {
  id: 'getNotifier',
  summary: 'Get the settings of the notifier',
  description: '404 until they are set.',
  scope: 'system:read',
  query: { type: z.enum(noticeChannels).optional().describe('Only rules with this channel') },
  answers: { 200: ShownNotifier },
  errors: ['NOT_FOUND'],
  effects: [reads('bespoke')],
});

export const setNotifier = endpoint('PUT /bespoke/notifier', {
  id: 'setNotifier',
  summary: 'Set the rules of the notifier, quiet hours and the limit of notices',
  description:
    'Replaces them: rules that are absent are deleted, fields that are absent return to their defaults. Rules take ' +
    'effect within 10 seconds. `warnings` name addresses that get no notice before they confirm by the link that is ' +
    'sent to them.',
  scope: 'system:write',
  nullIsAbsent: true,
  body: NewNotifier,
  bodyLimit,
  format: 'standard',
  answers: { 200: ShownNotifier, 201: ShownNotifier },
  errors: ['INVALID_TEMPLATE'],
  actsOn: { none: 'it reads whose addresses are those of users' },
  effects: [
    writes('bespoke'),
    records('bespoke.updated'),
    reads('user-email'),
    reads('billingprofile'),
    writes('noticeaddress'),
    writes('noticetoken'),
    writes('email'),
    reports('email.queued'),
  ],
});

export const bespoke = resource('bespoke', {
  area: 'system',
  format: 'reference',
  endpoints: [getQueueMonitor, setQueueMonitor, getNotifier, setNotifier],
  examples,
  cascades: [cascadeAfter('org.closed', [writes('bespoke')])],
});
