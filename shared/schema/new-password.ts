import { weakness, type Names } from './password-rules.ts';

/**
 * Why a person may not choose a password, as the end of a sentence; null for a good one. The one rule of all ways in
 * which a password is set (functions/accounts/auth/README.md, "Passwords"). Log-ins never ask it.
 */
export async function newPasswordFault(password: string, names: Names): Promise<string | null> {
  const fault = weakness(password, names);
  if (fault !== null) return fault;
  // At the first password that is set: the lists are read in a quarter of a second.
  const { guessableFault } = await import('./guessable-password.ts');
  return guessableFault(password, names);
}
