import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { isObject, textIn, type JsonObject } from '../../json-value.ts';
import { arrange, type Arrangement } from '../kit/arrangement.ts';
import { FieldList } from '../kit/field-input.tsx';
import { bodyOf, editableValues, fieldsOf, type FormField, type FormValues } from '../kit/form-fields.ts';
import { Section } from '../kit/form-frame.tsx';
import { operationOf } from '../kit/operation.ts';
import { useOperations } from '../kit/operations.ts';
import { t } from '../texts/texts.ts';
import { withoutDraftPolicy, type PlanDraft } from './plan-draft.ts';
import { policyForm, templateForm } from './plan-forms.ts';

type PartProps = {
  readonly title: string;
  readonly fields: readonly FormField[];
  readonly form: Arrangement;
  readonly value: JsonObject;
  readonly onChange: (next: JsonObject) => void;
  readonly onRemove: () => void;
};

/** The fields of a policy or of the template. */
function DraftPart({ title, fields, form, value, onChange, onRemove }: PartProps) {
  const [before] = useState(value);
  // A row that is not filled in yet is no part of the draft, so that the fields have a state of their own.
  const [values, setValues] = useState(() => editableValues(fields, value));
  const change = (next: FormValues): void => {
    setValues(next);
    const kept = Object.fromEntries(Object.entries(before).filter(([name]) => fields.every((of) => of.name !== name)));
    onChange({ ...kept, ...bodyOf(fields, next, before) });
  };
  const { groups } = arrange(fields, form);
  return (
    <Section title={title}>
      <FieldList fields={groups.flatMap(({ fields: shown }) => shown)} value={values} problems={[]} onChange={change} />
      <Group>
        <Button variant="default" onClick={onRemove}>
          {t('Take {name} out of the draft', { name: title })}
        </Button>
      </Group>
    </Section>
  );
}

const titleOf = (policy: JsonObject): string => textIn(policy['name']) || textIn(policy['id']) || t('New policy');

type FormProps = {
  readonly draft: PlanDraft;
  /** Called while the person fills in. */
  readonly onType: (next: PlanDraft) => void;
  /** Called with a draft that has other parts. */
  readonly onChange: (next: PlanDraft) => void;
};

/** What a draft of the dial plan has: policies, the template, and what is deleted. */
export function DraftForm({ draft, onType, onChange }: FormProps) {
  const operations = useOperations('dialplan');
  const fieldsIn = (route: string): readonly FormField[] => {
    const { body = {}, example } = operationOf(operations, route);
    return fieldsOf(body, operations, example).filter(({ name }) => name !== 'id');
  };
  const { policies = [], template, delete: deleted = [] } = draft;
  const withoutTemplate = Object.fromEntries(Object.entries(draft).filter(([name]) => name !== 'template'));
  return (
    <>
      {policies.map((policy, at) => (
        <DraftPart
          key={at}
          title={titleOf(policy)}
          fields={fieldsIn('POST /dialplan/policy')}
          form={policyForm}
          value={policy}
          onChange={(next) => onType({ ...draft, policies: policies.with(at, next) })}
          onRemove={() => onChange(withoutDraftPolicy(draft, at))}
        />
      ))}
      {isObject(template) && (
        <DraftPart
          title={t('Template')}
          fields={fieldsIn('PUT /dialplan/template')}
          form={templateForm}
          value={template}
          onChange={(next) => onType({ ...draft, template: next })}
          onRemove={() => onChange(withoutTemplate)}
        />
      )}
      {deleted.length > 0 && (
        <Group>
          <Text>
            {t('{count, plural, one {# policy is} other {# policies are}} deleted', { count: deleted.length })}
          </Text>
          <Button variant="default" onClick={() => onChange({ ...draft, delete: [] })}>
            {t('Delete none')}
          </Button>
        </Group>
      )}
    </>
  );
}
