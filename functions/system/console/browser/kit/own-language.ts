import { isLanguage, keepChoice, tagOf } from '../texts/language.ts';
import { api } from './api.ts';
import { isAllowed } from './rights.ts';
import { useSession, type Session } from './session.tsx';

/** Saves the language with the person who chooses it, or in this browser if the person may not change its profile. */
async function choose(session: Session, name: string): Promise<void> {
  if (!isLanguage(name)) return;
  const isSaved = isAllowed(session, ['users:write']);
  if (isSaved)
    await api.POST('/users/{id}', {
      params: { path: { id: session.sub }, query: { org_id: session.org_id } },
      body: { language: tagOf(name, navigator.languages) },
    });
  keepChoice(session, name, isSaved);
  location.reload();
}

/** How the person who is signed in chooses the language of the console. */
export function useLanguageChoice(): (name: string) => void {
  const session = useSession();
  return (name) => void choose(session, name);
}
