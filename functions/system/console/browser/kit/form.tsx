import { Button, Group, JsonInput, Stack } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { isObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { arrange, withoutUnchanged, type Arrangement } from './arrangement.ts';
import { violationsOf } from './api-error.ts';
import { FieldList } from './field-input.tsx';
import { problemsOf, type FieldProblem } from './field-problems.ts';
import { FormFrame, Section } from './form-frame.tsx';
import { bodyOf, editableValues, isWellFormed, type FormField, type FormValues } from './form-fields.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { Problem } from './page.tsx';

/** What says that something is wrong: at a field, or with several of them. */
const atFields = '[aria-invalid="true"], [data-problem]';

/** Moves the focus to the first field of a form with a complaint, or to what is above them: a form may be long. */
export function useFirstComplaint(error: unknown, attempts: number) {
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (error === null && attempts === 0) return;
    const first = (selector: string) => form.current?.querySelector<HTMLElement>(selector);
    (first(atFields) ?? first('[role="alert"]'))?.focus();
  }, [error, attempts]);
  return form;
}

type FormProps = {
  readonly fields: readonly FormField[];
  /** The resource that is edited; undefined: a new one. */
  readonly before?: FormValues;
  /** Why the request failed; null: it did not. */
  readonly error: unknown;
  /** Violations by the path of the field. Default: those of the error. */
  readonly violations?: readonly { readonly path: string; readonly message: string }[];
  readonly isSending: boolean;
  readonly isReadOnly: boolean;
  /** Text of the button that sends it. */
  readonly submit: string;
  readonly onSubmit: (body: object) => void;
  /** What is shown of the fields, and how. Default: all of them in one group. */
  readonly arrangement?: Arrangement | undefined;
};

/** A form for the body of a request. What the API rejects is said above the fields, and at each of them. */
export function ApiForm({ fields, before, error, isSending, isReadOnly, submit, onSubmit, ...given }: FormProps) {
  const { violations = violationsOf(error), arrangement } = given;
  const [initial] = useState<FormValues>(() => editableValues(fields, before));
  const [values, setValues] = useState(initial);
  // Of them the violations are: a field that was changed since has none.
  const [sent, setSent] = useState(values);
  const [attempts, setAttempts] = useState(0);
  const form = useFirstComplaint(error, attempts);
  const problems = problemsOf(violations).filter(({ path: [name = ''] }) => Object.is(values[name], sent[name]));
  const body = (): object => withoutUnchanged(bodyOf(fields, values, before), before, arrangement ?? { groups: [] });
  const send = (): void => {
    if (!fields.every((field) => isWellFormed(field, values[field.name]))) {
      setAttempts((count) => count + 1);
      return;
    }
    setSent(values);
    onSubmit(body());
  };
  const isSaved = values === initial || (values === sent && error === null);
  const { groups, advanced } = arrange(fields, arrangement);
  const shared = { value: values, problems, onChange: setValues };
  return (
    <div ref={form}>
      <LeaveGuard isChanged={!isReadOnly && !isSending && !isSaved} />
      <FormFrame submit={submit} isReadOnly={isReadOnly} isSending={isSending} onSubmit={send}>
        <Problem error={error} />
        {groups.map(({ title, fields: shown }) =>
          title === '' ? (
            <FieldList key={title} fields={shown} {...shared} />
          ) : (
            <Section key={title} title={title}>
              <FieldList fields={shown} {...shared} />
            </Section>
          ),
        )}
        {arrangement !== undefined && arrangement.isShort !== true && (
          <Advanced problems={problems} fields={advanced}>
            <FieldList fields={advanced} {...shared} />
            {!isReadOnly && <AsJson body={body()} isSending={isSending} onSubmit={onSubmit} />}
          </Advanced>
        )}
      </FormFrame>
    </div>
  );
}

type AdvancedProps = {
  readonly fields: readonly FormField[];
  readonly problems: readonly FieldProblem[];
  readonly children: ReactNode;
};

/** What only experts need; unfolded when something is wrong in it. */
function Advanced({ fields, problems, children }: AdvancedProps) {
  const [isOpen, setOpen] = useState(false);
  const hasProblem = problems.some(({ path: [first = ''] }) => fields.some(({ name }) => name === first));
  return (
    <details open={isOpen || hasProblem} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{t('Advanced')}</summary>
      <Stack mt="sm">{children}</Stack>
    </details>
  );
}

type AsJsonProps = {
  readonly body: object;
  readonly isSending: boolean;
  readonly onSubmit: (body: object) => void;
};

/** The whole resource as the API has it, for experts. */
function AsJson({ body, isSending, onSubmit }: AsJsonProps) {
  const [text, setText] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const send = (): void => {
    try {
      const value: unknown = JSON.parse(text ?? '');
      if (!isObject(value) || Array.isArray(value)) throw new Error(t('Type one JSON object.'));
      setProblem(null);
      onSubmit(value);
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <details onToggle={({ currentTarget }) => setText(currentTarget.open ? JSON.stringify(body, null, 2) : null)}>
      <summary>{t('As JSON')}</summary>
      {text !== null && (
        <Stack mt="sm">
          <JsonInput
            label={t('As JSON')}
            value={text}
            error={problem}
            autosize
            minRows={6}
            maxRows={30}
            onChange={setText}
          />
          <Group>
            <Button variant="default" loading={isSending} onClick={send}>
              {t('Save the JSON')}
            </Button>
          </Group>
        </Stack>
      )}
    </details>
  );
}
