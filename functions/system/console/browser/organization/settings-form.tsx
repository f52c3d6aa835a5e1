import { Alert, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { at, isObject } from '../../json-value.ts';
import { request } from '../kit/api.ts';
import { isConflict, violationsOf } from '../kit/api-error.ts';
import { versionIn } from '../kit/conflict.tsx';
import { differencesOf } from '../kit/differences.ts';
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

/** A section with the version of its organization. */
const sectionOf = (organization: FormValues, { at: path }: SettingsSection): FormValues => {
  const section = at(organization, ...path);
  return { ...(isObject(section) ? section : {}), ...{ version: organization['version'] } };
};

type Wanted = { readonly values: object; readonly version: number | undefined; readonly opened: FormValues };

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
  const fields = fieldsOfSection(section, operations, id !== session.org_id);
  const read = async (): Promise<FormValues> => sectionOf(await itemQuery({ method: 'GET', path }).queryFn(), section);
  const before = sectionOf(organization, section);
  const change = useMutation({
    mutationFn: async ({ values, version, opened }: Wanted) => {
      const save = async (of: number | undefined) =>
        answered(await request({ method: 'POST', path, body: placed(section.at, values), version: of }));
      try {
        return await save(version);
      } catch (error) {
        if (!isConflict(error) || version !== versionIn(opened)) throw error;
        // Other sections, which somebody else has changed, are not sent.
        const now = await read();
        const names = fields.map(({ name }) => name);
        if (differencesOf(opened, now, names).length > 0) throw error;
        return save(versionIn(now));
      }
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: itemQuery({ method: 'GET', path }).queryKey });
    },
  });
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
        fields={fields}
        before={before}
        read={read}
        error={change.error}
        violations={violationsOf(change.error).map(({ path: of, message }) => ({
          path: of.startsWith(prefix) ? of.slice(prefix.length) : of,
          message,
        }))}
        isSending={change.isPending}
        isReadOnly={!isAllowed(session, operationOf(operations, changeRoute).scopes)}
        submit={t('Save')}
        arrangement={section.form}
        onSubmit={(values, version, opened) => change.mutate({ values, version, opened })}
      />
    </>
  );
}
