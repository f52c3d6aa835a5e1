import { Alert, Stack } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { JsonObject } from '../../json-value.ts';
import { Checkbox, NumberInput, Select, TagsInput } from '../kit/form-inputs.tsx';
import { t } from '../texts/texts.ts';
import { asksForRemoval, request, type ApiRequest } from '../kit/api.ts';
import { isConflict, violationsOf } from '../kit/api-error.ts';
import { ConflictNotice, versionIn } from '../kit/conflict.tsx';
import { FormFrame, Section } from '../kit/form-frame.tsx';
import { LoadingPart } from '../kit/late-part.tsx';
import { Problem } from '../kit/page.tsx';
import { TargetInput } from '../kit/target-input.tsx';
import { TargetPicker } from '../kit/target-picker.tsx';
import { answered } from '../resources/answers.ts';
import { bodyOf, draftOf, isSame, occasions, targetKinds, violationAt, type Draft } from './handling-draft.ts';
import { FollowMeInputs, type ErrorOf } from './follow-me.tsx';

type FormProps = {
  /** That reads the settings. A PUT of the same path replaces them. */
  readonly reading: ApiRequest;
  readonly isReadOnly: boolean;
};

type Wanted = { readonly draft: Draft; readonly version: number | undefined };

const keyOf = ({ path, query }: ApiRequest) => ['call handling', path, query];

/** What a user does with calls, as a form. */
export function CallHandlingForm({ reading, isReadOnly }: FormProps) {
  const queries = useQueryClient();
  const queryKey = keyOf(reading);
  const { data, error } = useQuery({ queryKey, queryFn: async () => answered(await request(reading)).values });
  // The editor begins once more with what was saved here, not with what others save since.
  const [times, setTimes] = useState(0);
  const begin = (values: JsonObject): void => {
    queries.setQueryData(queryKey, values);
    setTimes((count) => count + 1);
  };
  const saving = useMutation({
    mutationFn: async ({ draft, version }: Wanted) =>
      answered(await request({ ...reading, method: 'PUT', body: { ...bodyOf(draft), ...asksForRemoval }, version })),
    onSuccess: ({ values }) => begin(values),
  });
  const read = async (): Promise<JsonObject> => answered(await request(reading)).values;
  const take = async (): Promise<void> => {
    begin(await read());
    saving.reset();
  };
  if (data === undefined) return error === null ? <LoadingPart /> : <Problem error={error} />;
  return (
    <Stack>
      {saving.isSuccess && (
        <Alert color="green" role="status">
          {t('Saved.')} {saving.data.warnings.join(' ')}
        </Alert>
      )}
      <Editor
        key={times}
        saved={data}
        error={saving.error}
        read={read}
        errorOf={(field) => violationAt(violationsOf(saving.error), field)}
        isReadOnly={isReadOnly}
        isSending={saving.isPending}
        onSave={(draft, version) => saving.mutate({ draft, version })}
        onTake={() => void take()}
      />
    </Stack>
  );
}

type EditorProps = {
  readonly saved: JsonObject;
  readonly errorOf: ErrorOf;
  readonly isReadOnly: boolean;
  readonly isSending: boolean;
  readonly error: unknown;
  /** Reads the settings as they are now. */
  readonly read: () => Promise<JsonObject>;
  readonly onSave: (draft: Draft, version: number | undefined) => void;
  readonly onTake: () => void;
};

function Editor({ saved, errorOf, isReadOnly, isSending, error, read, onSave, onTake }: EditorProps) {
  const [before] = useState(saved);
  const [draft, setDraft] = useState(() => draftOf(saved));
  const change = (part: Partial<Draft>): void => setDraft((all) => ({ ...all, ...part }));
  // Of it the errors are: a field that was changed since has none.
  const [sent, setSent] = useState(draft);
  const errorNow: ErrorOf = (field) => (isSame(field, draft, sent) ? errorOf(field) : null);
  const props = { draft, errorOf: errorNow, onChange: change };
  const send = (version = versionIn(before)): void => {
    setSent(draft);
    onSave(draft, version);
  };
  return (
    <FormFrame
      label={t('Call handling')}
      submit={t('Save')}
      isReadOnly={isReadOnly}
      isSending={isSending}
      onSubmit={() => send()}
    >
      {isConflict(error) ? (
        <ConflictNotice
          names={Object.keys(bodyOf(draft))}
          {...{ before, read, isSending, onTake }}
          onOverwrite={send}
        />
      ) : (
        <Problem error={error} />
      )}
      <Ringing {...props} />
      <Forwarding {...props} />
      <Section title={t('Follow me')}>
        <FollowMeInputs all={draft.followMe} errorOf={errorNow} onChange={(followMe) => change({ followMe })} />
      </Section>
      <Hours {...props} />
      <Callers {...props} />
    </FormFrame>
  );
}

type SectionProps = {
  readonly draft: Draft;
  readonly errorOf: ErrorOf;
  readonly onChange: (part: Partial<Draft>) => void;
};

function Ringing({ draft, errorOf, onChange }: SectionProps) {
  return (
    <Section title={t('Ringing')}>
      <Checkbox
        label={t('Do not disturb: calls find the line busy')}
        checked={draft.isDoNotDisturb}
        onChange={({ target }) => onChange({ isDoNotDisturb: target.checked })}
      />
      <Checkbox
        label={t('Calls that no one takes go to the mailbox')}
        checked={draft.hasVoicemail}
        onChange={({ target }) => onChange({ hasVoicemail: target.checked })}
      />
      <NumberInput
        label={t('The phones ring for, seconds')}
        maw={320}
        value={draft.ring}
        error={errorOf('ring_seconds')}
        onChange={(ring) => onChange({ ring })}
      />
    </Section>
  );
}

function Forwarding({ draft: { forward }, errorOf, onChange }: SectionProps) {
  return (
    <Section title={t('Forwarding')}>
      {occasions.map(({ name, label }) => (
        <TargetInput
          key={name}
          label={label}
          kinds={targetKinds}
          target={forward[name]}
          error={errorOf(`forward.${name}`)}
          onChange={(target) => onChange({ forward: { ...forward, [name]: target } })}
        />
      ))}
    </Section>
  );
}

function Hours({ draft, errorOf, onChange }: SectionProps) {
  return (
    <Section title={t('Hours')}>
      <TargetPicker
        kind="schedule"
        label={t('Schedule with the hours in which the phones ring')}
        placeholder={t('the phones always ring')}
        value={draft.schedule}
        error={errorOf('schedule')}
        onChange={(schedule) => onChange({ schedule })}
      />
      <TargetInput
        label={t('Outside of these hours')}
        kinds={targetKinds}
        target={draft.whenClosed}
        error={errorOf('when_closed')}
        onChange={(whenClosed) => onChange({ whenClosed })}
      />
    </Section>
  );
}

const intercoms = [
  { value: 'nobody', label: t('no one') },
  { value: 'group', label: t('members of the same groups') },
  { value: 'organization', label: t('all of the organization') },
];

function Callers({ draft, errorOf, onChange }: SectionProps) {
  return (
    <Section title={t('Callers')}>
      <TagsInput
        label={t('Blocked callers')}
        description={t('Numbers, prefixes such as +1900*, or anonymous')}
        value={[...draft.blocked]}
        error={errorOf('blocked')}
        onChange={(blocked) => onChange({ blocked })}
      />
      <Select
        label={t('Who may speak over the phone by intercom')}
        maw={320}
        allowDeselect={false}
        data={intercoms}
        value={draft.intercom}
        error={errorOf('intercom')}
        onChange={(intercom) => onChange({ intercom: intercom ?? 'nobody' })}
      />
    </Section>
  );
}
