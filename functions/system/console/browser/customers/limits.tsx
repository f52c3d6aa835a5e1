import { useMutation, useQueryClient } from '@tanstack/react-query';
import { at, isObject } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { violationsOf } from '../kit/api-error.ts';
import { ApiForm } from '../kit/form.tsx';
import { fieldsOf, plain } from '../kit/form-fields.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import type { Row } from '../kit/table.tsx';
import { idOf } from './tree.ts';

type LimitsFormProps = { readonly organization: Row; readonly onDone: () => void };

/** Changes the limits of an organization: the fields of `limits` in its body. */
export function CustomerLimits({ organization, onDone }: LimitsFormProps) {
  const operations = useOperations('orgs');
  const queries = useQueryClient();
  const { body } = operationOf(operations, 'POST /orgs/{id}');
  const schema = plain(at(plain(body, operations.schemas), 'properties', 'limits'), operations.schemas);
  const change = useMutation({
    mutationFn: (limits: object) => request({ method: 'POST', path: `/orgs/${idOf(organization)}`, body: { limits } }),
    onSuccess: async () => {
      onDone();
      await queries.invalidateQueries({ queryKey: ['list', '/orgs'] });
    },
  });
  const limits = organization['limits'];
  return (
    <ApiForm
      fields={fieldsOf(schema, operations, undefined)}
      before={isObject(limits) ? limits : {}}
      error={change.error}
      violations={violationsOf(change.error).map(({ path, message }) => ({
        path: path.replace(/^limits\./, ''),
        message,
      }))}
      isSending={change.isPending}
      isReadOnly={false}
      submit="Save limits"
      onSubmit={(next) => change.mutate(next)}
    />
  );
}
