import * as z from 'zod';
import { invalid } from '#errors.ts';
import {
  isAddress,
  noticeChannels,
  type NoticeChannel,
  type NotifierRule,
  type NotifierSettings,
} from '#schema/notifier/notifier-settings.ts';
import { omit } from '#schema/omit.ts';
import { parseTemplate, textPositionOf, TemplateFault, type Node, type Path } from '#schema/template-syntax.ts';
import { organizationText, Timestamp } from '#schema/values.ts';
import type { NewNotifier } from './contract.ts';

/** Settings of the notifier (functions/system/notifier/README.md). */

/** Values of a notice that a template may name. */
const variables: ReadonlySet<string> = new Set(['caller_id', 'time', 'duration', 'event', 'data']);

/** Why a notice has no such value; undefined: it has. @param inner number of `each` blocks around the tag */
function faultOfPath({ up, parts }: Path, isWritten: boolean, inner: number): string | undefined {
  // Names inside of `each` are those of its items.
  if (parts === '@index' || up < inner) return undefined;
  const [name = 'this'] = parts;
  if (!variables.has(name)) return `the variable ${name} is unknown; there are ${[...variables].join(', ')}`;
  return isWritten && name === 'data' && parts.length === 1
    ? 'data needs the name of a field, such as {{data.reason}}'
    : undefined;
}

/** @throws TemplateFault at the first value that no notice has */
function assertKnown(nodes: readonly Node[], inner = 0): void {
  for (const node of nodes) {
    if (node.kind === 'text') continue;
    const fault = faultOfPath(node.path, node.kind === 'value', inner);
    if (fault !== undefined) throw new TemplateFault(node.at, fault);
    if (node.kind === 'value') continue;
    assertKnown(node.body, inner + (node.kind === 'each' ? 1 : 0));
    assertKnown(node.otherwise, inner);
  }
}

/** Why a text is no template of a notice, with line and column; undefined if it is one. */
export function templateProblem(template: string): string | undefined {
  try {
    assertKnown(parseTemplate(template));
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    const { line, column } = textPositionOf(template, error.at);
    return `line ${line}, column ${column}: ${error.message}`;
  }
}

/** Whether a channel of the rule uses a recipient. */
export const usesRecipient = (channels: readonly NoticeChannel[], recipient: string): boolean =>
  channels.includes(isAddress(recipient) ? 'email' : 'sms');

/** E-mail addresses that all rules together name. */
const maxAddresses = 50;

/** The e-mail addresses and numbers of the rules, each once. */
export const recipientsOf = ({
  notification_rules: rules,
}: Pick<NotifierSettings, 'notification_rules'>): readonly string[] => [
  ...new Set(rules.flatMap(({ recipients }) => recipients)),
];

/** The e-mail addresses among them. */
export const addressesOf = (settings: Pick<NotifierSettings, 'notification_rules'>): readonly string[] =>
  recipientsOf(settings).filter(isAddress);

/** The ids that the rules of a body name. @throws AppError VALIDATION_FAILED for one that is unknown or named twice */
function assertIds({ notification_rules: rules }: NewNotifier, before: NotifierSettings | undefined): void {
  const known = new Set(before?.notification_rules.map(({ id }) => id));
  const named = new Set<string>();
  for (const [at, { id }] of rules.entries()) {
    if (id === undefined) continue;
    if (!known.has(id))
      throw invalid(`notification_rules[${at}].id`, 'must be the id of a rule; leave it out to add a rule');
    if (named.has(id)) throw invalid(`notification_rules[${at}].id`, 'is named twice');
    named.add(id);
  }
}

/**
 * The settings after a PUT, which replaces them. Rules without an id are new.
 * @throws AppError VALIDATION_FAILED
 */
export function saveNotifier(
  before: NotifierSettings | undefined,
  body: NewNotifier,
  { nextId, now }: { readonly nextId: (prefix: string) => string; /** ISO 8601 UTC. */ readonly now: string },
): NotifierSettings {
  assertIds(body, before);
  const { quiet_hours: quiet, max_notifications_per_hour: cap } = body.delivery_preferences;
  const after = {
    notification_rules: body.notification_rules.map(({ id, ...rule }) => ({ ...rule, id: id ?? nextId('rule') })),
    delivery_preferences: {
      quiet_hours: { ...quiet, timezone: quiet.timezone ?? null },
      max_notifications_per_hour: cap,
    },
    created_at: before?.created_at ?? now,
    updated_at: now,
    version: (before?.version ?? 0) + 1,
  };
  if (addressesOf(after).length > maxAddresses)
    throw invalid('notification_rules', `must name at most ${maxAddresses} e-mail addresses together`);
  return after;
}

const ShownRule = z.object({
  id: z.string().describe('Id of the rule'),
  name: z.string().describe('Name of the rule'),
  trigger: z.string().describe('Which events start it'),
  channels: z.array(z.enum(noticeChannels)).describe('How its notices are sent'),
  template: z.string().describe('Text of its notices, or name of an e-mail template of the organization'),
  recipients: z.array(z.string()).describe('Numbers and e-mail addresses; empty: the user that the event is about'),
  enabled: z.boolean().describe('Whether events start it'),
});

export const exampleRule: NotifierRule = {
  id: 'rule_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  name: 'Missed calls',
  trigger: 'missed_call',
  channels: ['email'],
  template: 'You missed a call from {{caller_id}} at {{time}}',
  recipients: ['ann@example.com'],
  enabled: true,
};

export const ShownNotifier = z
  .object({
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    notification_rules: z.array(ShownRule).describe('Rules that make notices of events'),
    delivery_preferences: z
      .object({
        quiet_hours: z
          .object({
            enabled: z.boolean().describe('Whether notices wait for the end of the quiet hours'),
            start: z.string().describe('Start, `HH:MM`'),
            end: z.string().describe('End, `HH:MM`; before `start`: on the next day'),
            timezone: z.string().nullable().describe('IANA time zone; null: that of the organization'),
          })
          .describe('Times of day in which no notice is sent, unless its event is critical'),
        max_notifications_per_hour: z
          .int()
          .describe('Notices in an hour of the clock (UTC). All further ones become one digest'),
      })
      .describe('When notices are sent'),
    created_at: Timestamp.describe('Time of the first save'),
    updated_at: Timestamp.describe('Time of the last save'),
  })
  .meta({
    id: 'Notifier',
    example: {
      organization_id: 'org_1001',
      notification_rules: [exampleRule],
      delivery_preferences: {
        quiet_hours: { enabled: true, start: '22:00', end: '07:00', timezone: 'Europe/Berlin' },
        max_notifications_per_hour: 10,
      },
      created_at: '2026-11-20T10:00:00.000Z',
      updated_at: '2026-11-20T10:00:00.000Z',
    },
  });

/** @param channel only rules with it; undefined: all */
export const presentNotifier = (
  settings: NotifierSettings,
  organization: number,
  channel?: NoticeChannel,
): z.input<typeof ShownNotifier> => ({
  organization_id: organizationText(organization),
  ...omit(settings, 'version'),
  notification_rules: settings.notification_rules
    .filter(({ channels }) => channel === undefined || channels.includes(channel))
    .map((rule) => ({ ...rule, channels: [...rule.channels], recipients: [...rule.recipients] })),
});
