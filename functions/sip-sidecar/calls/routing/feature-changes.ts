import { readToEnd } from '#dynamodb/read-to-end.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import { replace } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import { changeCallHandling } from '#functions/telephony/rows/call-handling-change.ts';
import { callHandlingRow } from '#functions/telephony/rows/call-handling.ts';
import { scheduleRow } from '#functions/telephony/rows/schedule.ts';
import { readRightsSources, rightsOf } from '#http/authorization/rights.ts';
import type { PromptName } from '#schema/prompt.ts';
import { CallHandling, defaultCallHandling } from '#telephony/call-handling.ts';
import type { FeatureName } from '#telephony/feature-codes.ts';
import { Schedule } from '#telephony/schedule.ts';
import { isForwarding, isSwitchedOff } from '#telephony/setting-lines.ts';
import type { SidecarContext } from '../../leases/membership.ts';
import { spokenDigits } from '../../media/spoken.ts';
import type { Caller } from './caller.ts';

/** What codes change, and what is said back. Of two at once the state is as the one that is said last. */

/** The dependencies of changes by codes. */
export type FeatureChangesDependencies = {
  readonly context: Pick<SidecarContext, 'tableOf' | 'transact' | 'recorderOf' | 'clock'>;
  readonly fault: (error: unknown) => void;
};

/** The features that change the call handling of the user who dials their code. */
export type HandlingFeature =
  | Extract<FeatureName, `forward_${string}` | `do_not_disturb${string}`>
  /** A key that shows the setting is pressed. */
  | 'do_not_disturb_key'
  | 'forward_key';

const conditions = { always: [], busy: ['when-busy'], no_answer: ['when-no-answer'] } as const;

/** The settings after a code, and what is said of it; undefined: the code lacks its number. */
type Change = (
  settings: CallHandling,
  argument: string | null,
) => { readonly settings: CallHandling; readonly prompts: readonly PromptName[] } | undefined;

const forwardTo =
  (condition: keyof typeof conditions): Change =>
  (settings, argument) =>
    argument === null
      ? undefined
      : {
          settings: { ...settings, forward: { ...settings.forward, [condition]: argument } },
          prompts: ['forwarded-to', ...spokenDigits(argument), ...conditions[condition]],
        };

const forwardNoMore =
  (condition: keyof typeof conditions): Change =>
  (settings) => ({
    settings: { ...settings, forward: { ...settings.forward, [condition]: null } },
    prompts: ['forwarding-off', ...conditions[condition]],
  });

const disturb =
  (isOn: boolean): Change =>
  (settings) => ({
    settings: { ...settings, do_not_disturb: isOn },
    prompts: [isOn ? 'do-not-disturb-on' : 'do-not-disturb-off'],
  });

/** A key does not know where calls were forwarded before: it only ends forwarding. */
const endForwarding: Change = (settings) =>
  isForwarding(settings)
    ? {
        settings: { ...settings, forward: { ...settings.forward, always: null, busy: null, no_answer: null } },
        prompts: ['forwarding-off'],
      }
    : undefined;

const changes: Readonly<Record<HandlingFeature, Change>> = {
  forward_always: forwardTo('always'),
  forward_always_off: forwardNoMore('always'),
  forward_busy: forwardTo('busy'),
  forward_busy_off: forwardNoMore('busy'),
  forward_no_answer: forwardTo('no_answer'),
  forward_no_answer_off: forwardNoMore('no_answer'),
  do_not_disturb: disturb(true),
  do_not_disturb_off: disturb(false),
  do_not_disturb_key: (settings, argument) => disturb(!settings.do_not_disturb)(settings, argument),
  forward_key: endForwarding,
};

const notPossible = ['not-possible'] as const satisfies readonly PromptName[];

/** What is said of a change, or that it is not possible: it breaks a rule, or failed. */
async function saying(
  change: () => Promise<readonly PromptName[]>,
  { fault }: FeatureChangesDependencies,
): Promise<readonly PromptName[]> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'VALIDATION_FAILED') fault(error);
    return notPossible;
  }
}

/** Changes the call handling of the user of a phone. @returns what is said of it */
export function changeByCode(
  { name, argument }: { readonly name: HandlingFeature; readonly argument: string | null },
  { organization, user_id: id }: Caller,
  dependencies: FeatureChangesDependencies,
): Promise<readonly PromptName[]> {
  const { tableOf, transact, recorderOf, clock } = dependencies.context;
  const { org_id: number } = organization;
  const table = tableOf(number);
  return saying(async () => {
    let prompts: readonly PromptName[] = notPossible;
    await transact(number, async () => {
      const [user, before] = await Promise.all([
        id === null ? undefined : table.get(userRow, { id }),
        id === null ? undefined : table.get(callHandlingRow, { user_id: id }),
      ]);
      const present = before === undefined ? defaultCallHandling : CallHandling.parse(before);
      const changed = user === undefined ? undefined : changes[name](present, argument);
      prompts = changed?.prompts ?? notPossible;
      if (user === undefined || changed === undefined) return [];
      const of = { user, organization, before };
      const { write, event } = await changeCallHandling(table, of, changed.settings, clock());
      return [write, recorderOf(number)('callhandling.updated', event)];
    });
    return prompts;
  }, dependencies);
}

/** Whether a user may change the schedules of its organization. */
async function mayChangeSchedules(
  { organization, user_id: id }: Caller,
  { tableOf }: Pick<SidecarContext, 'tableOf'>,
): Promise<boolean> {
  const table = tableOf(organization.org_id);
  const user = id === null ? undefined : await table.get(userRow, { id });
  if (user === undefined || user.status === 'disabled') return false;
  const { scopes, ownOnly } = rightsOf(user, await readRightsSources(table, [user]));
  return scopes.includes('telephony:write') && !ownOnly.includes('telephony:write');
}

async function oldestSchedule(table: ReturnType<SidecarContext['tableOf']>) {
  const schedules = await readToEnd((after) => table.query(scheduleRow, {}, after));
  return schedules.toSorted((one, other) => (one.id < other.id ? -1 : 1))[0];
}

/**
 * The night switch: closes a schedule, or lets its windows decide again. Only who may change schedules.
 * @param id null: the oldest one of the organization @returns what is said of it
 */
export function switchSchedule(
  id: string | null,
  caller: Caller,
  dependencies: FeatureChangesDependencies,
): Promise<readonly PromptName[]> {
  const { tableOf, transact, recorderOf, clock } = dependencies.context;
  const { org_id: number } = caller.organization;
  return saying(async () => {
    if (!(await mayChangeSchedules(caller, dependencies.context))) return ['not-permitted'];
    let prompts: readonly PromptName[] = notPossible;
    await transact(number, async () => {
      const table = tableOf(number);
      const before = id === null ? await oldestSchedule(table) : await table.get(scheduleRow, { id });
      if (before === undefined) return [];
      const override = isSwitchedOff(Schedule.parse(before)) ? null : 'closed';
      prompts = [override === null ? 'schedule-automatic' : 'schedule-closed'];
      const after = { ...before, override, updated_at: clock().toISOString(), version: before.version + 1 };
      return [
        replace(scheduleRow, after, before),
        recorderOf(number)('schedule.updated', {
          entity: { type: 'schedule', id: before.id },
          description: `Schedule ${before.name} updated`,
          before,
          after,
          persons: [caller.user_id],
        }),
      ];
    });
    return prompts;
  }, dependencies);
}
