// For who is signed in but nobody's staff: whom to ask.
import { useEffect } from 'preact/hooks';

interface Props {
  email: string;
  /** The operator let another account of theirs in. */
  elsewhere: boolean;
  leave: () => void;
  again: () => void;
}

export function Nobody({ email, elsewhere, leave, again }: Props) {
  useEffect(() => {
    document.title = 'No rights yet – Community OS';
  }, []);
  return (
    <main class="alone">
      <h1>You are signed in, but nothing is shared with you yet</h1>
      <p>
        The dashboard shows a server only to its staff, and <strong>{email}</strong> is not listed as staff of any. If you were,
        your role may have been taken back.
      </p>
      {elsewhere ? (
        <p>
          You are staff with another account: the one with an address and a password that whoever runs the bot made for you. Please
          sign in with that one.
        </p>
      ) : (
        <p>
          Please ask an administrator of your server to choose you, or a role that you have, in <code>/setup</code> → staff, and name
          this account. It counts for those who sign in with Discord; an account with a password is let in by whoever runs the bot, with{' '}
          <code>cargo xtask staff add</code>.
        </p>
      )}
      <p class="row">
        <button class="primary" type="button" onClick={again}>Look again</button>
        <button type="button" onClick={leave}>Sign out</button>
      </p>
    </main>
  );
}
