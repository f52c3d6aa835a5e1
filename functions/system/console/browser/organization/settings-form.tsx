import { Alert, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { at, isObject } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { violationsOf } from '../kit/api-error.ts';
import { ApiForm } from '../kit/form.tsx';
import type { FormValues } from '../kit/form-fields.ts';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { isAllowed } from '../kit/rights.ts';
import { useSession } from '../kit/session.tsx';
import { itemQuery } from '../resources/item-query.ts';
import { answered } from '../resources/answers.ts';
import { t } from '../texts/texts.ts';
import { changeRoute, fieldsOfSection } from './section-fields.ts';
import type { SettingsSection } from './sections.ts';

/** An object where it is in a body. */
const placed = (path: readonly string[], value: object): object =>
  path.reduceRight<object>((inner, name) => ({ [name]: inner }), value);

type SettingsFormProps = {
  readonly section: SettingsSection;
  readonly id: string;
  readonly organization: FormValues;
};

/** One section of the settings of an organization. */
export function SettingsForm({ section, id, organization }: SettingsFormProps) {
  const operations = useOperations('orgs');
  const session = useSession();
  const queries = useQueryClient();
  const path = `/orgs/${id}`;
  const change = useMutation({
    mutationFn: async (values: object) =>
      answered(await request({ method: 'POST', path, body: placed(section.at, values) })),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: itemQuery({ method: 'GET', path }).queryKey });
    },
  });
  const before = at(organization, ...section.at);
  const prefix = section.at.map((name) => `${name}.`).join('');
  return (
    <>
      <Text c="dimmed" mb="md">
        {section.text}
      </Text>
      {change.isSuccess && (
        <Alert color="green" role="status" mb="md">
          {t('Saved.')} {change.data.warnings.join(' ')}
        </Alert>
      )}
      <ApiForm
        fields={fieldsOfSection(section, operations, id !== session.org_id)}
        before={isObject(before) ? before : {}}
        error={change.error}
        violations={violationsOf(change.error).map(({ path: of, message }) => ({
          path: of.startsWith(prefix) ? of.slice(prefix.length) : of,
          message,
        }))}
        isSending={change.isPending}
        isReadOnly={!isAllowed(session, operationOf(operations, changeRoute).scopes)}
        submit={t('Save')}
        arrangement={section.form}
        onSubmit={(values) => change.mutate(values)}
      />
    </>
  );
}
