import { Alert, Anchor, Button, Group, List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Problem } from '../kit/page.tsx';
import { agoText } from '../kit/format.ts';
import { t } from '../texts/texts.ts';
import { Changes } from './changes.tsx';
import type { Flow } from './flow-draft.ts';
import { lineOf, type DraftProblem } from './flow-problems.ts';
import type { KeptDraft } from './kept-draft.ts';
import { flowQuery, versionOf } from './read-flow.ts';

/** What is said above the graph of a flow. */

type KeptProps = {
  readonly kept: KeptDraft;
  readonly onResume: () => void;
  readonly onForget: () => void;
};

/** Offers the draft that the browser has kept. */
export const KeptNotice = ({ kept, onResume, onForget }: KeptProps) => (
  <Alert color="blue" role="status" title={t('You have a draft that is not published')}>
    <Text size="sm" mb="xs">
      {t('It was changed {when}.', { when: agoText(kept.at) })}
    </Text>
    <Group gap="xs">
      <Button size="compact-sm" onClick={onResume}>
        {t('Go on with the draft')}
      </Button>
      <Button size="compact-sm" variant="default" onClick={onForget}>
        {t('Discard the draft')}
      </Button>
    </Group>
  </Alert>
);

type ConflictProps = {
  readonly id: string;
  /** As it was when the draft began. */
  readonly before: Flow;
  readonly isSending: boolean;
  /** @param version that is published now */
  readonly onOverwrite: (version: number | null) => void;
  readonly onTake: () => void;
};

/** Somebody else has published the flow since it was opened: the draft stays, and the person decides. */
export function ConflictNotice({ id, before, isSending, onOverwrite, onTake }: ConflictProps) {
  const { data, error } = useQuery({ ...flowQuery(id, null), queryKey: ['flow', id, 'now'], staleTime: 0 });
  return (
    <Alert color="yellow" role="alert" tabIndex={-1} title={t('Somebody else has published this flow')}>
      <Stack gap="xs">
        <Text size="sm">{t('Your draft is kept. This has changed since you opened the flow:')}</Text>
        <Problem error={error} />
        {data !== undefined && (
          <>
            <Changes before={before} after={data} />
            <Group gap="xs">
              <Button size="compact-sm" loading={isSending} onClick={() => onOverwrite(versionOf(data))}>
                {t('Publish my draft instead')}
              </Button>
              <Button size="compact-sm" variant="default" onClick={onTake}>
                {t('Discard my draft')}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Alert>
  );
}

type ProblemsProps = {
  readonly flow: Flow;
  readonly problems: readonly DraftProblem[];
  readonly onSelect: (step: string) => void;
};

/** What is to be corrected, and what may not be meant: each opens its step. */
export function ProblemList({ flow, problems, onSelect }: ProblemsProps) {
  if (problems.length === 0) return null;
  return (
    <section aria-label={t('To be corrected')}>
      <List size="sm" spacing={2}>
        {problems.map((problem) => (
          <List.Item key={lineOf(flow, problem)} c={problem.isNotice ? 'dimmed' : 'var(--mantine-color-error)'}>
            {problem.step === '' ? (
              problem.text
            ) : (
              <Anchor component="button" type="button" inherit c="inherit" onClick={() => onSelect(problem.step)}>
                {lineOf(flow, problem)}
              </Anchor>
            )}
          </List.Item>
        ))}
      </List>
    </section>
  );
}
