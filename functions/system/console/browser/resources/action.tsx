import { Button, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { request } from '../kit/api.ts';
import { ApiForm } from '../kit/form.tsx';
import type { FormValues } from '../kit/form-fields.ts';
import { inputsOf, requestOf } from '../kit/inputs.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { Values } from '../kit/values.tsx';
import { contentOf } from './answers.ts';

type OperationFormProps = {
  readonly tag: string;
  readonly route: string;
  /** Id of the resource that the operation is about; undefined: it is asked for, too. */
  readonly id: string | undefined;
  readonly submit: string;
  /** What the fields are filled in with. */
  readonly before?: FormValues;
  /** Inputs that the page gives itself. */
  readonly fixed?: FormValues;
  /** Names of the inputs that are asked for. Default: all. */
  readonly only?: readonly string[];
};

/** An operation with a field for each of its inputs, and its answer. */
export function OperationForm({ tag, route, id, submit, before, fixed = {}, only }: OperationFormProps) {
  const operations = useOperations(tag);
  const operation = operationOf(operations, route);
  const queries = useQueryClient();
  const sending = useMutation({
    mutationFn: (values: object) => request(requestOf(route, operation, { ...values, ...fixed }, id)),
    onSuccess: () => (route.startsWith('GET ') ? undefined : queries.invalidateQueries()),
  });
  return (
    <Stack>
      <Text c="dimmed">{operation.summary}.</Text>
      <ApiForm
        fields={inputsOf(operation, operations, id).filter(({ name }) => only === undefined || only.includes(name))}
        {...(before === undefined ? {} : { before })}
        error={sending.error}
        isSending={sending.isPending}
        isReadOnly={false}
        submit={submit}
        onSubmit={(values) => sending.mutate(values)}
      />
      {sending.isSuccess && (
        <section aria-label="Answer" role="status">
          {sending.data === undefined ? 'Done.' : <Values of={contentOf(sending.data)} />}
        </section>
      )}
    </Stack>
  );
}

/** A button for an operation of a resource, which opens its form. */
export function Action({ title, ...form }: Omit<OperationFormProps, 'submit'> & { readonly title: string }) {
  const [isOpen, { open, close }] = useDisclosure();
  return (
    <>
      <Button variant="default" onClick={open}>
        {title}
      </Button>
      <Modal opened={isOpen} onClose={close} title={title} size="lg">
        <OperationForm {...form} submit={title} />
      </Modal>
    </>
  );
}
