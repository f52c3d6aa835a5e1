import { randomUUID } from 'node:crypto';
import type { Lambdas } from './lambda.ts';
import { day, hour, minute } from '#schema/time.ts';
import { LocalCloudError, pseudoParameters, type CloudResource } from '../templates/resource.ts';

type RuleProperties = {
  readonly ScheduleExpression?: string;
  readonly State?: string;
  readonly Targets?: readonly { readonly Arn: string; readonly Input?: string }[];
};

const unitMilliseconds: Readonly<Record<string, number>> = { minute, hour, day };

/**
 * Milliseconds between the first runs of two rules: functions that start at the same time would take the processors
 * and the memory from everything else.
 */
const offset = 5_000;

const rulesAmong = (resources: readonly CloudResource[]): CloudResource[] =>
  resources.filter(({ type, properties }) => type === 'AWS::Events::Rule' && properties['State'] !== 'DISABLED');

const targetsOf = ({ properties }: CloudResource) => (properties as RuleProperties).Targets ?? [];

/** The ARNs of the functions that rules invoke after a longer period than this. @param period milliseconds */
export const rareTargets = (resources: readonly CloudResource[], period: number): ReadonlySet<string> =>
  new Set(
    rulesAmong(resources)
      .filter((rule) => periodOf(rule) > period)
      .flatMap((rule) => targetsOf(rule).map(({ Arn }) => Arn)),
  );

/**
 * Starts every `AWS::Events::Rule`: its functions are invoked at the rule's rate, first after one period and the rule's
 * offset.
 *
 * @throws LocalCloudError for a rule that is not `rate(…)`
 */
export function startSchedules(
  resources: readonly CloudResource[],
  lambdas: Pick<Lambdas, 'check' | 'invoke'>,
): { close(): void } {
  const clocks = rulesAmong(resources).flatMap((rule, place) => {
    const Targets = targetsOf(rule);
    const period = periodOf(rule);
    for (const { Arn } of Targets) lambdas.check(Arn);
    return Targets.map(({ Arn, Input }) =>
      startClock(() => void lambdas.invoke(Arn, Input ?? eventOf(rule)), period, place * offset),
    );
  });
  return { close: () => clocks.forEach((stop) => stop()) };
}

/** @returns a function that stops it */
function startClock(tick: () => void, period: number, later: number): () => void {
  let timer = setTimeout(() => {
    timer = setInterval(tick, period);
    tick();
  }, period + later);
  return () => clearTimeout(timer);
}

/** @returns milliseconds */
function periodOf(rule: CloudResource): number {
  const expression = (rule.properties as RuleProperties).ScheduleExpression ?? '';
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const milliseconds = unitMilliseconds[unit];
  if (milliseconds === undefined)
    throw new LocalCloudError(
      `The rule ${rule.name} is not of the form rate(…), the only one that the local cloud runs.`,
    );
  return Number(count) * milliseconds;
}

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
const eventOf = ({ arn }: CloudResource): string =>
  JSON.stringify({
    version: '0',
    id: randomUUID(),
    source: 'aws.events',
    'detail-type': 'Scheduled Event',
    time: `${new Date().toISOString().slice(0, 19)}Z`,
    account: pseudoParameters['AWS::AccountId'],
    region: pseudoParameters['AWS::Region'],
    resources: [arn],
    detail: {},
  });
