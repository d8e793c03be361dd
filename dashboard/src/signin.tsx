// Signing in: with Discord where the deployment has that, and with address and password.
import { useEffect, useRef, useState } from 'preact/hooks';
import { Failure, signIn, signInWithDiscord } from './api';

interface Props {
  withDiscord: boolean;
  /** Why coming back from Discord did not sign in; empty if there was no such thing. */
  cameBack: string;
  ended: boolean;
}

export function SignIn({ withDiscord, cameBack, ended }: Props) {
  const [problem, setProblem] = useState(cameBack);
  const [busy, setBusy] = useState(false);
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = 'Sign in – Community OS';
    // With Discord most people need no field.
    if (!withDiscord) first.current?.focus();
    // Back from Discord, the browser may show this page as it was left.
    const back = () => setBusy(false);
    window.addEventListener('pageshow', back);
    return () => window.removeEventListener('pageshow', back);
  }, [withDiscord]);

  const attempt = (signing: Promise<void>) => {
    setBusy(true);
    setProblem('');
    signing.catch((error: unknown) => {
      setProblem(error instanceof Failure ? error.message : 'Signing in does not work at the moment. Please try again.');
      setBusy(false);
    });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget as HTMLFormElement);
    attempt(signIn(String(fields.get('email')).trim(), String(fields.get('password'))));
  };

  return (
    <main class="alone">
      <h1>Community OS</h1>
      <p>How your community is doing, for those who look after it.</p>
      {ended && <p class="hint" role="status">Your session has ended. Please sign in again.</p>}
      {withDiscord && (
        <p class="row">
          <button class="primary" type="button" disabled={busy} onClick={() => attempt(signInWithDiscord())}>Sign in with Discord</button>
        </p>
      )}
      <form class="signin" onSubmit={submit}>
        <label>
          Email
          <input ref={first} name="email" type="email" autocomplete="username" required />
        </label>
        <label>
          Password
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {problem && <p class="problem" role="alert">{problem}</p>}
        <button class={withDiscord ? '' : 'primary'} disabled={busy}>{busy ? 'Signing in …' : 'Sign in'}</button>
      </form>
      <p class="note">
        {withDiscord
          ? 'Most people sign in with Discord. An account with a password comes from whoever runs the bot on your server.'
          : 'You have no account, or forgot your password? Ask whoever runs the bot on your server.'}
      </p>
    </main>
  );
}
