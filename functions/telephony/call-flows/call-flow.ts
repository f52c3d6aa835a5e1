import { createHash } from 'node:crypto';
import { RE2JS } from 're2js';
import * as z from 'zod';
import { AppError, errorKinds, notYetSupported, type ErrorDetail } from '#errors.ts';
import type { FileReference } from '#schema/file.ts';
import { omit } from '#schema/omit.ts';
import { spokenLanguages, voiceOf, type SpokenText } from '#schema/speech.ts';
import { Extension, Name, Timestamp, organizationText, text } from '#schema/values.ts';
import { isEmergencyNumber } from '#telephony/emergency-spellings.ts';
import type { NumberOrigin } from '#telephony/number-format.ts';
import { writtenSeparators } from '#telephony/written-number.ts';
import { assertPattern } from '../../dialplan/plan/pattern.ts';
import {
  FlowSteps,
  SentSteps,
  StepName,
  exitsOf,
  flowLimits,
  isSupported,
  type CallFlow,
  type FlowHead,
  type FlowStep,
} from '../schema/call-flow.ts';
import { spokenParts } from './flow-references.ts';
import { hasCallersWords, hasVariable, isCallersWord } from './flow-text.ts';

/** Call flows as clients save and read them (functions/telephony/call-flows/README.md). */

/** Exits that a call takes although no one does anything: neither its caller, nor another party or a server. */
const silentExits: Readonly<Record<FlowStep['type'], (path: string) => boolean>> = {
  play: () => true,
  menu: (path) => path === 'timeout',
  collect: (path) => path === 'timeout',
  time: () => true,
  branch: () => true,
  set: () => true,
  dial: (path) => path === 'unreachable' || path === 'denied',
  voicemail: () => false,
  mailbox: () => false,
  record: () => false,
  webhook: (path) => path === 'failed',
  sms: () => true,
  goto: () => true,
  dtmf: () => true,
  pause: () => true,
  park: (path) => path === 'full',
  hangup: () => false,
};

const nextOf = (step: FlowStep): readonly string[] => [
  ...new Set(exitsOf(step).flatMap(([path, to]) => (silentExits[step.type](path) ? [to] : []))),
];

/** The names of the steps of each loop that a call goes round without input, in the order of the flow. */
export function silentLoops(steps: FlowSteps): string[][] {
  const next = new Map(Object.entries(steps).map(([name, step]) => [name, nextOf(step)]));
  const reached = new Map([...next.keys()].map((name) => [name, reachedFrom(name, next)]));
  const isLoop = (one: string, other: string): boolean =>
    reached.get(one)?.has(other) === true && reached.get(other)?.has(one) === true;
  const names = [...next.keys()].filter((name) => isLoop(name, name));
  return names.map((name) => names.filter((other) => isLoop(name, other))).filter(([first], at) => first === names[at]);
}

/** The steps after a step, the step itself only if it is one of them. */
function reachedFrom(name: string, next: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const reached = new Set(next.get(name));
  // A set is iterated in the order of addition, with what is added on the way.
  for (const each of reached) for (const to of next.get(each) ?? []) reached.add(to);
  return reached;
}

export const callFlowErrors = errorKinds({
  FLOW_IN_USE: [409, 'Other resources use the flow; `details` lists them.'],
  SPEECH_UNAVAILABLE: [422, 'The platform has no provider of speech, so that no texts can be said.'],
});

const described = {
  name: 'Name, unique in the organization',
  language: 'Language of the texts (BCP 47)',
  start: 'Name of the first step',
  steps: 'Steps by name: 1 to 200 of 1 to 32 of a-z, 0-9, _ and -',
  enabled: 'Whether new calls begin with it',
  extension: 'Extension of 2 to 8 digits, by which phones of the organization call it; null: none',
  external_policy: 'Id of a policy that may allow numbers from variables; null: own extensions only',
  max_silence_seconds:
    'Seconds without a digit, another party or an answer of a server. After them, a step that is entered again ends ' +
    'the call',
} as const;

/** Body of `PUT /callflows/{id}`. */
export const NewCallFlow = z
  .object({
    name: Name.describe(described.name),
    language: text(16, 2).default('en').describe(described.language),
    start: StepName.describe(described.start),
    steps: SentSteps.describe(described.steps),
    enabled: z.boolean().default(true).describe(described.enabled),
    extension: Extension.nullable().default(null).describe(described.extension),
    external_policy: z.string().max(81).nullable().default(null).describe(described.external_policy),
    max_silence_seconds: z.int().min(10).max(3_600).default(flowLimits.silence).describe(described.max_silence_seconds),
  })
  .meta({ id: 'NewCallFlow' });
export type NewCallFlow = z.output<typeof NewCallFlow>;

export const exampleSteps = {
  welcome: { type: 'menu', tries: 2, choices: { '1': 'sales', '2': 'message' }, timeout: 'sales', invalid: 'bye' },
  sales: { type: 'dial', to: ['203', '204'], ring_seconds: 25, no_answer: 'message', busy: 'message' },
  message: { type: 'record', max_seconds: 120, into: 'message', next: 'bye' },
  bye: { type: 'hangup' },
};

const exampleHead = {
  id: 'flow_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
  organization_id: 'org_1001',
  name: 'Main menu',
  language: 'en',
  start: 'welcome',
  step_count: 4,
  enabled: true,
  extension: '400',
  external_policy: null,
  max_silence_seconds: flowLimits.silence,
  version: 1,
  created_at: '2026-11-24T10:00:00.000Z',
  updated_at: '2026-11-24T10:00:00.000Z',
};

const headFields = {
  id: z.string().describe('Id of the flow'),
  organization_id: z.string().describe('The organization, such as `org_1001`'),
  name: z.string().describe(described.name),
  language: z.string().describe(described.language),
  start: z.string().describe(described.start),
  step_count: z.int().describe('Number of its steps'),
  enabled: z.boolean().describe(described.enabled),
  extension: z.string().nullable().describe(described.extension),
  external_policy: z.string().nullable().describe(described.external_policy),
  max_silence_seconds: z.int().describe(described.max_silence_seconds),
  version: z.int().describe('Version; each change adds 1'),
  created_at: Timestamp.describe('Time of creation'),
  updated_at: Timestamp.describe('Time of the last change'),
};

export const ListedFlow = z.object(headFields).meta({ id: 'ListedCallFlow', example: exampleHead });

const Reference = z
  .object({ type: z.string().describe('Type of the resource'), id: z.string().describe('Id of the resource') })
  .meta({ id: 'CallFlowReference' });

/** A step as answered, with its defaults. A stored flow may be older than a rule of today. */
const ShownStep = z
  .looseObject({ type: z.string().describe('Type of the step') })
  .meta({ id: 'CallFlowStep', description: 'The fields of its type, as in `FlowStep`' });

export const ShownFlow = z
  .object({
    ...headFields,
    steps: z.record(z.string(), ShownStep).describe(described.steps),
    references: z.array(Reference).describe('What uses the flow: at most 100'),
    warnings: z
      .array(z.string())
      .describe('What is saved but may be a mistake: steps that no call reaches, or in which a silent caller stays'),
  })
  .meta({
    id: 'CallFlow',
    example: { ...exampleHead, steps: FlowSteps.parse(exampleSteps), references: [], warnings: [] },
  });

/** What a flow is checked against: how its organization dials, and whether the platform can say texts. */
export type FlowRules = NumberOrigin & { readonly hasSpeech: boolean };

/** The steps that calls can carry out. @throws AppError NOT_YET_SUPPORTED */
export function supportedSteps(steps: SentSteps): Record<string, FlowStep> {
  return Object.fromEntries(
    Object.entries(steps).map(([name, step]): [string, FlowStep] => {
      if (!isSupported(step)) throw notYetSupported(`steps.${name}.type`);
      return [name, step];
    }),
  );
}

type Steps = Readonly<Record<string, FlowStep>>;

const unknownExits = ({ start, steps }: Pick<NewCallFlow, 'start'> & { readonly steps: Steps }): ErrorDetail[] => [
  ...(Object.hasOwn(steps, start) ? [] : [{ path: 'start', message: `is no step: ${start}` }]),
  ...Object.entries(steps).flatMap(([name, step]) =>
    exitsOf(step)
      .filter(([, to]) => !Object.hasOwn(steps, to))
      .map(([path, to]) => ({ path: `steps.${name}.${path}`, message: `is no step: ${to}` })),
  ),
];

/** Numbers that a flow calls although they are for emergencies: a machine must not occupy them. */
function emergencyCalls(steps: Steps, origin: NumberOrigin): ErrorDetail[] {
  return Object.entries(steps).flatMap(([name, step]) =>
    step.type === 'dial'
      ? step.to.flatMap((party, index) =>
          typeof party === 'string' && !hasVariable(party) && isEmergencyNumber(party, origin)
            ? [{ path: `steps.${name}.to[${index}]`, message: 'must not be an emergency number' }]
            : [],
        )
      : [],
  );
}

/** What the platform reads as a number when it sends: shorter ones are extensions, emergency and premium services. */
const textedNumber = /^\+?\d{7,15}$/;

/**
 * Messages to what is no number; and those whose number and text come from the caller: with a false number it would
 * send its own words to strangers, in the name of the organization.
 */
function unsentMessages(steps: Steps): ErrorDetail[] {
  return Object.entries(steps).flatMap(([name, step]) => {
    if (step.type !== 'sms') return [];
    if (!hasVariable(step.to))
      return textedNumber.test(step.to.replace(writtenSeparators, ''))
        ? []
        : [{ path: `steps.${name}.to`, message: 'must be a number of 7 digits or more' }];
    return hasCallersWords(step.text ?? '')
      ? [{ path: `steps.${name}.text`, message: 'must not have the name or headers of callers: `to` is a variable' }]
      : [];
  });
}

/**
 * Templates of messages whose number and text come from the caller.
 * @param namesIn the names that a template has, by its id
 */
export const unsentTemplates = (steps: Steps, namesIn: ReadonlyMap<string, ReadonlySet<string>>): ErrorDetail[] =>
  Object.entries(steps).flatMap(([name, step]) => {
    if (step.type !== 'sms' || step.template === undefined || !hasVariable(step.to)) return [];
    const isChosen = [...(namesIn.get(step.template) ?? [])].some(isCallersWord);
    const message = 'must not have the name or headers of callers: `to` is a variable';
    return isChosen ? [{ path: `steps.${name}.template`, message }] : [];
  });

const tooLarge = (flow: object): ErrorDetail[] =>
  Buffer.byteLength(JSON.stringify(flow)) <= flowLimits.bytes
    ? []
    : [{ path: 'steps', message: `must have at most ${flowLimits.bytes / 1_024} KiB of JSON` }];

/** Instructions of a compiled pattern: a call matches it beside others, in 0.7 ms at worst. */
const maxInstructions = 100;

/** @throws AppError INVALID_PATTERN, VALIDATION_FAILED */
function assertPatterns(steps: Steps): void {
  for (const [name, step] of Object.entries(steps)) {
    if (step.type !== 'branch') continue;
    for (const [index, { matches }] of step.when.entries()) {
      if (matches === undefined) continue;
      const path = `steps.${name}.when[${index}].matches`;
      assertPattern(matches, path);
      if (RE2JS.compile(matches).programSize() > maxInstructions)
        throw violations([{ path, message: 'is too large an expression' }]);
    }
  }
}

const patternsIn = (steps: Steps): number =>
  Object.values(steps)
    .flatMap((step) => (step.type === 'branch' ? step.when : []))
    .filter(({ matches }) => matches !== undefined).length;

const tooManyPatterns = (steps: Steps): ErrorDetail[] =>
  patternsIn(steps) <= flowLimits.patterns
    ? []
    : [{ path: 'steps', message: `must have at most ${flowLimits.patterns} patterns` }];

/** @returns an error with all violations */
const violations = (details: readonly ErrorDetail[]): AppError =>
  new AppError('VALIDATION_FAILED', details.map(({ path, message }) => `${path} ${message}`)[0] ?? '', { details });

/** @throws AppError VALIDATION_FAILED if there is a violation */
export function assertNone(details: readonly ErrorDetail[]): void {
  if (details.length > 0) throw violations(details);
}

/**
 * The steps of a body, checked as far as the body itself shows.
 * @throws AppError NOT_YET_SUPPORTED, VALIDATION_FAILED, INVALID_PATTERN, SPEECH_UNAVAILABLE
 */
export function checkedSteps(body: NewCallFlow, { hasSpeech, ...origin }: FlowRules): Steps {
  const steps = supportedSteps(body.steps);
  assertNone([
    ...tooLarge(body),
    ...unknownExits({ start: body.start, steps }),
    ...emergencyCalls(steps, origin),
    ...unsentMessages(steps),
    ...tooManyPatterns(steps),
  ]);
  assertPatterns(steps);
  assertSaid(body.language, steps, hasSpeech);
  return steps;
}

/** @throws AppError SPEECH_UNAVAILABLE if there are texts and no provider, VALIDATION_FAILED for other languages */
function assertSaid(language: string, steps: Steps, hasSpeech: boolean): void {
  const spoken = spokenParts(steps);
  const [first] = spoken;
  if (first !== undefined && !hasSpeech)
    throw new AppError(callFlowErrors.SPEECH_UNAVAILABLE, `${first.path}.say: the platform cannot say texts`, {
      details: spoken.map(({ path }) => ({ path: `${path}.say`, message: 'cannot be said' })),
    });
  const paths = spoken.flatMap(({ part, path }) => {
    if (voiceOf(part.language ?? language) !== undefined) return [];
    return [part.language === undefined ? 'language' : `${path}.language`];
  });
  const message = `must be one of the languages of speech: ${spokenLanguages.join(', ')}`;
  assertNone([...new Set(paths)].map((path) => ({ path, message })));
}

/** The texts of a flow that are the same in each call, each once. */
export function constantTexts({ language, steps }: Pick<CallFlow, 'language' | 'steps'>): SpokenText[] {
  const texts = spokenParts(steps)
    .filter(({ part }) => !hasVariable(part.say))
    .map(({ part }) => ({ text: part.say, language: part.language ?? language }));
  return [...new Map(texts.map((each) => [JSON.stringify(each), each])).values()];
}

/** Steps that no call reaches. */
export function unreachableSteps({ start, steps }: Pick<CallFlow, 'start' | 'steps'>): string[] {
  const reached = new Set([start]);
  // A set is iterated in the order of addition, with what is added on the way.
  for (const name of reached) {
    const step = Object.hasOwn(steps, name) ? steps[name] : undefined;
    for (const [, to] of step === undefined ? [] : exitsOf(step)) reached.add(to);
  }
  return Object.keys(steps).filter((name) => !reached.has(name));
}

type Saved = { readonly steps: Steps; readonly now: string };

const fieldsOf = (body: NewCallFlow) => omit(body, 'steps');

/** A flow as first stored. */
export const newFlow = (body: NewCallFlow, id: string, { steps, now }: Saved): CallFlow => ({
  id,
  ...fieldsOf(body),
  steps,
  version: 1,
  created_at: now,
  updated_at: now,
});

/** The flow after a PUT of its id. */
export const replaceFlow = (before: FlowHead, body: NewCallFlow, { steps, now }: Saved): CallFlow => ({
  id: before.id,
  ...fieldsOf(body),
  steps,
  version: before.version + 1,
  created_at: before.created_at,
  updated_at: now,
});

/** What lists show of a flow. @param before undefined: it is new */
export const headOf = ({ steps, ...flow }: CallFlow, before?: FlowHead): FlowHead => ({
  ...flow,
  step_count: Object.keys(steps).length,
  reference_epoch: before?.reference_epoch,
});

/** A flow as lists show it. */
export const presentHead = (head: FlowHead, organization: number) => ({
  extension: null,
  max_silence_seconds: flowLimits.silence,
  ...omit(head, 'reference_epoch'),
  organization_id: organizationText(organization),
});

/** What is saved but may not be meant. */
function warningsOf({ start, steps, max_silence_seconds: max = flowLimits.silence }: CallFlow): string[] {
  const unreachable = unreachableSteps({ start, steps });
  return [
    ...unreachable.map((name) => `No call reaches the step ${name}`),
    ...silentLoops(omit(steps, ...unreachable)).map((names) =>
      names.length === 1
        ? `The step ${names[0]} follows itself: a silent caller stays in it for ${max} s`
        : `The steps ${names.join(', ')} follow one another: a silent caller stays in them for ${max} s`,
    ),
  ];
}

/** A flow as answered. */
export const presentFlow = (flow: CallFlow, organization: number, references: readonly FileReference[]) => ({
  ...presentHead(headOf(flow), organization),
  steps: flow.steps,
  references: [...references],
  warnings: warningsOf(flow),
});

/** A flow in events: its steps are in its versions. */
export const auditedFlow = (flow: CallFlow) => ({
  ...omit(headOf(flow), 'reference_epoch'),
  steps_sha256: createHash('sha256').update(JSON.stringify(flow.steps)).digest('hex'),
});

/** References that an answer or an error shows. */
export const maxShownReferences = 100;

/** @throws AppError FLOW_IN_USE */
export function assertUnused(references: readonly FileReference[]): void {
  if (references.length === 0) return;
  throw new AppError(
    callFlowErrors.FLOW_IN_USE,
    'Other resources use this flow; force=true deletes it, and calls that reach it there end',
    {
      details: references.map(({ type, id }) => ({ path: `${type}/${id}`, message: `${type} ${id} uses the flow` })),
    },
  );
}
