import { Button, Group, JsonInput, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { isObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import { arrange, withoutUnchanged, type Arrangement } from './arrangement.ts';
import { isConflict, violationsOf } from './api-error.ts';
import { ConflictNotice, versionIn } from './conflict.tsx';
import { FieldList } from './field-input.tsx';
import { problemsOf, type FieldProblem } from './field-problems.ts';
import { FormFrame, Section } from './form-frame.tsx';
import { bodyOf, editableValues, isWellFormed, type FormField, type FormValues } from './form-fields.ts';
import { LeaveGuard } from './leave-guard.tsx';
import { Problem } from './page.tsx';
import { textOf } from './shown.ts';

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
  /**
   * @param version that the form has read, or that the person has seen since; undefined: the resource has none
   * @param opened what the form has read
   */
  readonly onSubmit: (body: object, version: number | undefined, opened: FormValues) => void;
  /** What is shown of the fields, and how. Default: all of them in one group. */
  readonly arrangement?: Arrangement | undefined;
  /** Reads the resource as it is now. Absent: what somebody else has changed is said as any other error. */
  readonly read?: () => Promise<FormValues>;
};

/** Which of several answers `before` is; empty: it does not say. */
const stampOf = (before: FormValues | undefined): string =>
  [before?.['updated_at'], before?.['version']].map(textOf).join(' ').trim();

type FormValuesProps = Pick<FormProps, 'fields' | 'error' | 'isSending'> & {
  readonly before: FormValues | undefined;
};

/** The values of a form. A newer answer of the API replaces them, unless something is typed that is not saved. */
function useFormValues({ fields, before, error, isSending }: FormValuesProps) {
  const [opened, setOpened] = useState(before);
  const [initial, setInitial] = useState<FormValues>(() => editableValues(fields, before));
  const [values, setValues] = useState(initial);
  // Of them the violations are: a field that was changed since has none.
  const [sent, setSent] = useState(values);
  const isSaved = values === initial || (values === sent && error === null);
  const begin = (next: FormValues): void => {
    setInitial(next);
    setValues(next);
    setSent(next);
  };
  if (isSaved && !isSending && stampOf(before) !== stampOf(opened)) {
    setOpened(before);
    begin(editableValues(fields, before));
  }
  // The error that the person has answered by dropping what was typed.
  const [dropped, setDropped] = useState<unknown>(null);
  const discard = (): void => {
    begin(initial);
    setDropped(error);
  };
  const rejection = error === dropped ? null : error;
  return { opened, values, setValues, sent, setSent, isSaved, rejection, discard };
}

/** A form for the body of a request. What the API rejects is said above the fields, and at each of them. */
export function ApiForm({ fields, before, error, isSending, isReadOnly, submit, onSubmit, ...given }: FormProps) {
  const { violations = violationsOf(error), arrangement, read } = given;
  const { opened, values, setValues, sent, setSent, isSaved, rejection, discard } = useFormValues({
    ...{ fields, before, error, isSending },
  });
  const [attempts, setAttempts] = useState(0);
  const form = useFirstComplaint(error, attempts);
  const problems = problemsOf(violations).filter(({ path: [name = ''] }) => Object.is(values[name], sent[name]));
  const body = (): object => withoutUnchanged(bodyOf(fields, values, opened), opened, arrangement ?? { groups: [] });
  const version = versionIn(opened ?? {});
  const send = (pinned = version): void => {
    if (!fields.every((field) => isWellFormed(field, values[field.name]))) {
      setAttempts((count) => count + 1);
      return;
    }
    setSent(values);
    onSubmit(body(), pinned, opened ?? {});
  };
  const { groups, advanced } = arrange(fields, arrangement);
  const shared = { value: values, problems, onChange: setValues };
  return (
    // Controls that keep what is typed begin once more, too.
    <div ref={form} key={stampOf(opened)}>
      <LeaveGuard isChanged={!isReadOnly && !isSending && !isSaved} />
      <FormFrame submit={submit} isReadOnly={isReadOnly} isSending={isSending} onSubmit={() => send()}>
        <FormProblem {...{ fields, read, isSending, opened }} error={rejection} onOverwrite={send} onTake={discard} />
        {groups.map(({ title, fields: shown }) =>
          title === '' ? (
            <FieldList key={title} fields={shown} {...shared} />
          ) : (
            <Section key={title} title={title}>
              <FieldList fields={shown} {...shared} />
            </Section>
          ),
        )}
        {arrangement !== undefined && arrangement.isShort !== true && (!isReadOnly || advanced.length > 0) && (
          <Advanced problems={problems} fields={advanced}>
            <FieldList fields={advanced} {...shared} />
            {!isReadOnly && (
              <AsJson
                body={body()}
                isSending={isSending}
                onSubmit={(wanted) => onSubmit(wanted, version, opened ?? {})}
              />
            )}
          </Advanced>
        )}
      </FormFrame>
    </div>
  );
}

type FormProblemProps = Pick<FormProps, 'fields' | 'error' | 'isSending'> & {
  readonly read: FormProps['read'] | undefined;
  readonly opened: FormValues | undefined;
  readonly onOverwrite: (version: number | undefined) => void;
  readonly onTake: () => void;
};

/** What the API rejects. Where it is a change of somebody else, the person decides. */
function FormProblem({ fields, error, read, isSending, opened = {}, onOverwrite, onTake }: FormProblemProps) {
  const queries = useQueryClient();
  if (!isConflict(error) || read === undefined) return <Problem error={error} />;
  const take = (): void => {
    onTake();
    void queries.invalidateQueries();
  };
  const names = fields.map(({ name }) => name);
  return <ConflictNotice {...{ names, read, isSending, onOverwrite }} before={opened} onTake={take} />;
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
