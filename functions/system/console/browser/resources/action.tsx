import { Button, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { t } from '../texts/texts.ts';
import { asksForRemoval, request } from '../kit/api.ts';
import { Dialog } from '../kit/dialog.tsx';
import { ApiForm } from '../kit/form.tsx';
import type { FormValues } from '../kit/form-fields.ts';
import { hasRemovals, inputsOf, replacedVersion, requestOf } from '../kit/inputs.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import type { Arrangement } from '../kit/arrangement.ts';
import { Values } from '../kit/values.tsx';
import { contentOf } from './answers.ts';
import { secretsIn, ShownOnce } from './shown-once.tsx';

type OperationFormProps = {
  readonly tag: string;
  readonly route: string;
  /** Id of the resource that the operation is about; undefined: it is asked for, too. */
  readonly id: string | undefined;
  readonly submit: string;
  /** What the fields are filled in with. */
  readonly before?: FormValues;
  /** Reads again what they are filled in with. */
  readonly read?: () => Promise<FormValues>;
  /** As for a form of a page. */
  readonly namedBy?: string | undefined;
  /** Inputs that the page gives itself. */
  readonly fixed?: FormValues;
  /** Names of the inputs that are asked for. Default: all. */
  readonly only?: readonly string[];
  /** A sentence above the form. */
  readonly help?: string | undefined;
  /** As for a form of a page. */
  readonly arrangement?: Arrangement | undefined;
  /** Its values are shown to who may not send it. Default: it is sent. */
  readonly isReadOnly?: boolean;
};

/** An operation with a field for each of its inputs, and its answer. */
export function OperationForm({ tag, route, id, submit, before, fixed = {}, only, ...texts }: OperationFormProps) {
  const operations = useOperations(tag);
  const operation = operationOf(operations, route);
  const queries = useQueryClient();
  const sending = useMutation({
    mutationFn: ({ values, version }: { readonly values: object; readonly version: number | undefined }) => {
      const statement = hasRemovals(operation, operations) ? asksForRemoval : {};
      return request({ ...requestOf(route, operation, { ...values, ...fixed, ...statement }, id), version });
    },
    onSuccess: () => (route.startsWith('GET ') ? undefined : queries.invalidateQueries()),
  });
  return (
    <Stack>
      {texts.help !== undefined && <Text c="dimmed">{texts.help}</Text>}
      <ApiForm
        fields={inputsOf(operation, operations, id).filter(({ name }) => only === undefined || only.includes(name))}
        {...(before === undefined ? {} : { before })}
        {...(texts.read === undefined ? {} : { read: texts.read })}
        error={sending.error}
        isSending={sending.isPending}
        isReadOnly={texts.isReadOnly === true}
        submit={submit}
        arrangement={texts.arrangement}
        onSubmit={(values, version, opened) =>
          sending.mutate({ values, version: replacedVersion({ ...opened, version }, { ...values }, texts.namedBy) })
        }
      />
      {sending.isSuccess && (
        <section aria-label={t('Result')} role="status">
          <Answer content={contentOf(sending.data)} />
        </section>
      )}
    </Stack>
  );
}

/** What was answered: a secret to be copied, or what a person reads of it. */
function Answer({ content }: { readonly content: unknown }) {
  if (content === undefined) return <Text>{t('Done.')}</Text>;
  return secretsIn(content).length > 0 ? <ShownOnce values={content} /> : <Values of={content} />;
}

/** A button for an operation of a resource, which opens its form. */
export function Action({ title, ...form }: Omit<OperationFormProps, 'submit'> & { readonly title: string }) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" onClick={open}>
        {title}
      </Button>
      {isOpen && (
        <Dialog onClose={close} title={title} size="lg">
          <OperationForm {...form} submit={title} />
        </Dialog>
      )}
    </>
  );
}
