import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { t } from '../texts/texts.ts';
import { request } from '../kit/api.ts';
import { ApiForm } from '../kit/form.tsx';
import { asText, type FormValues } from '../kit/form-fields.ts';
import { filledIn, inputsOf, requestOf } from '../kit/inputs.ts';
import { findOperation, operationOf } from '../kit/operation.ts';
import { useOperations, type Operations } from '../kit/operations.ts';
import { Page } from '../kit/page.tsx';
import { answered } from './answers.ts';
import { hasPage, routesOf, type ResourcePages } from './definitions.ts';
import { secretsIn, ShownOnce } from './shown-once.tsx';

/** The id of what was made, as the answer says it or as it was typed. */
const idIn = ({ idField = 'id', create }: ResourcePages, values: FormValues, path: string): string | undefined => {
  if (create === 'PUT named') return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
  const id = values[idField];
  return typeof id === 'string' ? id : undefined;
};

/** The form for a new resource. */
export function NewItem({ of }: { readonly of: ResourcePages }) {
  const operations = useOperations(of.tag);
  const route = routesOf(of).create ?? '';
  const operation = operationOf(operations, route);
  const given = of.create === 'PUT named' ? undefined : 'new';
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [made, setMade] = useState<FormValues | null>(null);
  const creation = useMutation({
    mutationFn: async (values: object) => {
      const wanted = requestOf(route, operation, values as FormValues, given);
      return { ...answered(await request(wanted)), path: wanted.path };
    },
    onSuccess: async ({ values, path }) => {
      await queries.invalidateQueries({ queryKey: ['list'] });
      setMade(values);
      if (secretsIn(values).length === 0) await navigate(pageAfter(of, idIn(of, values, path), operations));
    },
  });
  const shown = { method: 'PUT', path: filledIn(route, ...(given === undefined ? [] : [given])) };
  return (
    <Page title={of.newTitle} requests={[{ ...shown, body: operation.example ?? {} }]}>
      {made !== null && <ShownOnce values={made} />}
      <ApiForm
        fields={inputsOf(operation, operations, given).map((field) =>
          // What is made gets a name of its own.
          given === undefined && field.name === of.idField ? asText(field) : field,
        )}
        arrangement={of.form}
        error={creation.error}
        isSending={creation.isPending}
        isReadOnly={false}
        submit={t('Create')}
        onSubmit={(values) => creation.mutate(values)}
      />
    </Page>
  );
}

/** The page of what was made, or the list if it has none. */
const pageAfter = (of: ResourcePages, id: string | undefined, operations: Operations) =>
  id !== undefined && hasPage(of, findOperation(operations, routesOf(of).get) !== undefined)
    ? ({ to: '/r/$key/$id', params: { key: of.key, id } } as const)
    : ({ to: '/r/$key', params: { key: of.key } } as const);
