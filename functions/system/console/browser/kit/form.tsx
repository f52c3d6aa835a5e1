import { useEffect, useRef, useState } from 'react';
import { violationsOf } from './api-error.ts';
import { FieldList } from './field-input.tsx';
import { problemsOf } from './field-problems.ts';
import { FormFrame } from './form-frame.tsx';
import { bodyOf, editableValues, isWellFormed, type FormField, type FormValues } from './form-fields.ts';
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
};

/** A form for the body of a request. What the API rejects is said above the fields, and at each of them. */
export function ApiForm({ fields, before, error, isSending, isReadOnly, submit, onSubmit, ...given }: FormProps) {
  const { violations = violationsOf(error) } = given;
  const [values, setValues] = useState<FormValues>(() => editableValues(fields, before));
  // Of them the violations are: a field that was changed since has none.
  const [sent, setSent] = useState(values);
  const [attempts, setAttempts] = useState(0);
  const form = useFirstComplaint(error, attempts);
  const problems = problemsOf(violations).filter(({ path: [name = ''] }) => Object.is(values[name], sent[name]));
  const send = (): void => {
    if (!fields.every((field) => isWellFormed(field, values[field.name]))) {
      setAttempts((count) => count + 1);
      return;
    }
    setSent(values);
    onSubmit(bodyOf(fields, values, before));
  };
  return (
    <div ref={form}>
      <FormFrame submit={submit} isReadOnly={isReadOnly} isSending={isSending} onSubmit={send}>
        <Problem error={error} />
        <FieldList fields={fields} value={values} problems={problems} onChange={setValues} />
      </FormFrame>
    </div>
  );
}
