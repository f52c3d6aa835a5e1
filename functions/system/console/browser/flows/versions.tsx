import { Button, Select, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Problem } from '../kit/page.tsx';
import { t } from '../texts/texts.ts';
import { Changes } from './changes.tsx';
import { savedFields, type Flow } from './flow-draft.ts';
import { flowQuery } from './read-flow.ts';

/** How many of the latest versions the API keeps. */
const kept = 50;

type VersionsProps = {
  readonly id: string;
  /** Version that is published. */
  readonly current: number;
  readonly draft: Flow;
  readonly isReadOnly: boolean;
  readonly onChange: (next: Flow) => void;
};

/** The draft as an earlier version is, with what the draft has of the server. */
const restored = (draft: Flow, version: Flow): Flow => ({
  ...draft,
  ...(Object.fromEntries(savedFields.flatMap((name) => (name in version ? [[name, version[name]]] : []))) as Flow),
});

/** What the draft changes of the published version or of an earlier one, which can be brought back. */
export function Versions({ id, current, draft, isReadOnly, onChange }: VersionsProps) {
  const [version, setVersion] = useState(current);
  const { data, error } = useQuery(flowQuery(id, version));
  const numbers = Array.from({ length: Math.min(current, kept) }, (_version, at) => current - at);
  return (
    <Stack gap="sm">
      <Select
        label={t('Compare the draft with')}
        allowDeselect={false}
        data={numbers.map((each) => ({
          value: String(each),
          label:
            each === current
              ? t('Version {version} (published)', { version: each })
              : t('Version {version}', { version: each }),
        }))}
        value={String(version)}
        onChange={(next) => setVersion(Number(next ?? current))}
      />
      <Problem error={error} />
      {data !== undefined && (
        <>
          <Text size="sm" fw={600}>
            {t('What the draft changes of it')}
          </Text>
          <Changes before={data} after={draft} />
          {!isReadOnly && (
            <Button variant="default" size="compact-sm" onClick={() => onChange(restored(draft, data))}>
              {t('Bring this version back into the draft')}
            </Button>
          )}
        </>
      )}
    </Stack>
  );
}
