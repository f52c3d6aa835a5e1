import { at, listIn, textIn } from '../../json-value.ts';
import { within, type FieldProblem } from '../kit/field-problems.ts';
import type { Schema } from '../kit/operations.ts';
import { t } from '../texts/texts.ts';
import { unreachableSteps, type Flow } from './flow-draft.ts';
import { labelOfField, labelOfStep } from './step-words.ts';

/** What is wrong with a draft, and where. */

export type DraftProblem = {
  /** The step; empty: it is the flow itself. */
  readonly step: string;
  readonly text: string;
  /** It can be published all the same. */
  readonly isNotice: boolean;
};

/** What the schemas of the steps say. */
export type StepSchemas = {
  /** By the kind of a step. */
  readonly variants: ReadonlyMap<string, Schema>;
  /** Fields of the exits by the kind of a step. */
  readonly fieldsOf: (type: string) => readonly string[];
};

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** What a step must have and does not have yet. */
function missingIn({ steps }: Flow, variants: StepSchemas['variants']): readonly DraftProblem[] {
  return Object.entries(steps).flatMap(([name, step]) =>
    listIn(at(variants.get(step.type), 'required'))
      .map(textIn)
      .filter((field) => isEmpty(step[field]))
      .map((field) => ({
        step: name,
        text: t('{field} is missing.', { field: labelOfField(step.type, field) }),
        isNotice: false,
      })),
  );
}

/** What the API has rejected, by the steps of the draft. */
function rejectedIn(flow: Flow, problems: readonly FieldProblem[]): readonly DraftProblem[] {
  return problems.map(({ path, message }) => {
    const [place = '', name = '', field = ''] = path;
    const step = place === 'steps' ? flow.steps[name] : undefined;
    return step === undefined
      ? { step: '', text: [place, message].join(' ').trim(), isNotice: false }
      : { step: name, text: `${labelOfField(step.type, field)}: ${message}`, isNotice: false };
  });
}

/** @param rejected what the API has said of the draft */
export function problemsOfDraft(
  flow: Flow,
  { variants, fieldsOf }: StepSchemas,
  rejected: readonly FieldProblem[],
): readonly DraftProblem[] {
  const atSteps = new Set(within(rejected, 'steps').map(({ path: [step = '', field = ''] }) => `${step} ${field}`));
  const missing = missingIn(flow, variants);
  return [
    ...rejectedIn(flow, rejected),
    // What is missing may have been rejected for that.
    ...(atSteps.size > 0 ? [] : missing),
    ...unreachableSteps(flow, fieldsOf).map((step) => ({
      step,
      text: t('No call gets here.'),
      isNotice: true,
    })),
  ];
}

/** A problem in a line: its step first. */
export const lineOf = (flow: Flow, { step, text }: DraftProblem): string =>
  step === '' ? text : `${labelOfStep(flow, step)}: ${text}`;
