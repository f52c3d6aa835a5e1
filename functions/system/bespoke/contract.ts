import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { reads, records, reports, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { EventSelector } from '#contract/events.ts';
import { resource } from '#contract/resource.ts';
import { commonErrors } from '#errors.ts';
import { noticeChannels, triggerAliases } from '#schema/notifier/notifier-settings.ts';
import { TimeOfDay } from '#schema/sending-window.ts';
import { ConfirmRemoval, E164, Email, Id, Name, TimeZone } from '#schema/values.ts';
import { examples } from './examples.ts';
import { ShownNotifier, templateProblem, usesRecipient } from './notifier-settings.ts';
import { NewQueueMonitor, QueueId, ShownQueueMonitor } from './queue-monitor.ts';

/** Bytes of a document. */
const bodyLimit = 64 * 1_024;
/** Bytes of the settings: 50 rules with all their fields are larger than 64 KiB. */
const notifierLimit = 96 * 1_024;

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
    id: Id('rule').optional().describe('Id of the rule that it replaces. Absent: a new rule'),
    name: Name.describe('Name of the rule'),
    trigger: RuleTrigger.describe(
      'Events that start it: `missed_call` (`call.missed`), `new_voicemail` (`voicemail.new`), `device_offline` ' +
        '(`device.unregistered`) or `emergency_call` (`call.emergency`). Or what a webhook selects: a type of event, ' +
        'an area such as `trunk.*`, `custom` for events that clients file with `notify`, or `*`',
    ),
    channels: z
      .array(z.enum(noticeChannels))
      .min(1)
      .refine((all) => new Set(all).size === all.length, 'must not have a channel twice')
      .describe('How its notices are sent'),
    template: Template.describe(
      'Text with `{{caller_id}}`, `{{time}}`, `{{duration}}` (seconds), `{{event}}` and `{{data.…}}` (the `data` of ' +
        'the event); or the name of an e-mail template of the organization',
    ),
    recipients: z
      .array(z.union([E164, Email], 'must be a number in E.164 or an e-mail address'))
      .max(10)
      .default([])
      .describe(
        'Numbers for `sms`, e-mail addresses for `email`; all rules together have 50 addresses at most. Empty: the ' +
          'user that the event is about. If there is none: the billing contact (e-mail) and the administrator (SMS) ' +
          'of the organization, also for `call.emergency`',
      ),
    enabled: z.boolean().default(true).describe('Whether events start it'),
  })
  .superRefine(({ channels, recipients }, context) => {
    for (const [at, recipient] of recipients.entries())
      if (!usesRecipient(channels, recipient))
        context.addIssue({ code: 'custom', path: ['recipients', at], message: 'is used by no channel of the rule' });
  });

const QuietHours = z
  .object({
    enabled: z.boolean().default(true).describe('Whether notices wait for the end of the hours'),
    start: TimeOfDay.describe('Start, `HH:MM`'),
    end: TimeOfDay.describe('End, `HH:MM`; before `start`: on the next day'),
    timezone: TimeZone.optional().describe('IANA time zone; default: that of the organization'),
  })
  .refine(({ start, end }) => start !== end, { path: ['end'], message: 'must differ from start' });

const DeliveryPreferences = z.object({
  quiet_hours: QuietHours.default({ enabled: false, start: '22:00', end: '07:00' }).describe(
    'Times of day in which no notice is sent, unless its event is critical. Default: none',
  ),
  max_notifications_per_hour: z
    .int()
    .min(1)
    .max(1_000)
    .default(10)
    .describe('Notices in an hour of the clock (UTC). All further ones become one digest'),
});

/** Body of `PUT /bespoke/notifier`. */
const NewNotifier = z
  .object({
    notification_rules: z.array(NewRule).max(50).default([]).describe('Rules that make notices of events'),
    delivery_preferences: DeliveryPreferences.default({
      quiet_hours: { enabled: false, start: '22:00', end: '07:00' },
      max_notifications_per_hour: 10,
    }).describe('When notices are sent'),
    confirm_removal: ConfirmRemoval,
  })
  .meta({ id: 'NewNotifier' });
export type NewNotifier = z.output<typeof NewNotifier>;

export const getQueueMonitor = endpoint('GET /bespoke/queuemon', {
  id: 'getQueueMonitor',
  summary: 'Get the settings of a queue monitor',
  description:
    'Answers the settings of the queue. A queue without settings has the general ones, 404 until they are set.',
  scope: 'system:read',
  query: { queue_id: QueueId.optional().describe('Queue; default: the general settings') },
  answers: { 200: ShownQueueMonitor },
  errors: ['NOT_FOUND'],
  effects: [reads('bespoke')],
});

export const setQueueMonitor = endpoint('PUT /bespoke/queuemon', {
  id: 'setQueueMonitor',
  summary: 'Set the settings of a queue monitor',
  description:
    'Replaces them. Absent fields return to their defaults. An organization has 1,000 documents at most, each of 64 ' +
    'KiB. A warning names each formula that never has a value.',
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
    'Replaces them. Absent rules are deleted, absent fields return to their defaults. Rules take effect within 10 ' +
    'seconds, for events with `notify` at once. A waiting notice is sent by the rule as it is then.\n\n' +
    'The platform asks up to 20 new addresses by e-mail whether they want notices. `warnings` name those that get no ' +
    'notice before they confirm. The settings have 96 KiB at most.',
  scope: 'system:write',
  nullIsAbsent: true,
  body: NewNotifier,
  bodyLimit: notifierLimit,
  format: 'standard',
  answers: { 200: ShownNotifier, 201: ShownNotifier },
  errors: ['INVALID_TEMPLATE', 'REMOVES_MANY'],
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
