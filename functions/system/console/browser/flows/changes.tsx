import { List, Text } from '@mantine/core';
import { t } from '../texts/texts.ts';
import { changesBetween, hasChanges, type StepChange } from './flow-changes.ts';
import { savedFields, type Flow } from './flow-draft.ts';
import { labelOfField, titleOfType } from './step-words.ts';

/** Fields of the flow itself that are compared. */
const compared = savedFields.filter((name) => name !== 'steps');

function textOfChange({ name, kind, step, fields }: StepChange): string {
  const title = `${titleOfType(step.type)} (${name})`;
  if (kind === 'added') return t('Added: {title}', { title });
  if (kind === 'removed') return t('Removed: {title}', { title });
  return t('Changed: {title}: {fields}', {
    title,
    fields: fields.map((each) => labelOfField(step.type, each)).join(', '),
  });
}

/** What differs between two forms of a flow, a line each. */
export function Changes({ before, after }: { readonly before: Flow; readonly after: Flow }) {
  const changes = changesBetween(before, after, compared);
  if (!hasChanges(changes)) return <Text size="sm">{t('Nothing differs.')}</Text>;
  return (
    <List size="sm" aria-label={t('Changes')}>
      {changes.fields.map((name) => (
        <List.Item key={name}>{t('Changed: {title}', { title: labelOfField('', name) })}</List.Item>
      ))}
      {changes.steps.map((change) => (
        <List.Item key={change.name}>{textOfChange(change)}</List.Item>
      ))}
    </List>
  );
}
