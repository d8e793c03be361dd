// Makes somebody staff of a guild (cargo xtask staff add): their Supabase account, if there is none, and the row in `staff`.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { createClient } from '@supabase/supabase-js';

const USAGE = 'cargo xtask staff add --guild ID --user ID --role manager|crt|admin --email ADDRESS';
const ID = /^\d{15,20}$/;

function read() {
  const option = { type: 'string' };
  const { values } = parseArgs({ options: { guild: option, user: option, role: option, email: option } });
  const { guild, user, role, email } = values;
  if (!ID.test(guild ?? '') || !ID.test(user ?? '')) throw new Error(`give the ids of server and member as Discord shows them\n${USAGE}`);
  if (!['manager', 'crt', 'admin'].includes(role)) throw new Error(`--role is manager, crt or admin\n${USAGE}`);
  if (!email?.includes('@')) throw new Error(`--email is what they sign in with\n${USAGE}`);
  return { guild, user, role, email: email.toLowerCase() };
}

/** The account with this address, made if there is none; `password` only then. */
async function account(supabase, email) {
  const perPage = 1000;
  for (let page = 1; ; page += 1) {
    const { data, error } = await supabase.auth.admin.listUsers({ page, perPage });
    if (error) throw error;
    const found = data.users.find((one) => one.email?.toLowerCase() === email);
    if (found) return { id: found.id };
    if (data.users.length < perPage) break;
  }
  const password = randomBytes(12).toString('base64url');
  const { data, error } = await supabase.auth.admin.createUser({ email, password, email_confirm: true });
  if (error) throw error;
  return { id: data.user.id, password };
}

async function main() {
  const { guild, user, role, email } = read();
  const auth = { persistSession: false, autoRefreshToken: false };
  const supabase = createClient(process.env.SUPABASE_URL, process.env.SUPABASE_SECRET_KEY, { auth });
  const { id, password } = await account(supabase, email);
  const row = { guild_id: guild, user_id: user, role, source: 'operator', role_id: 0, auth_user_id: id };
  const { error } = await supabase.from('staff').upsert(row, { onConflict: 'guild_id,user_id,role,source,role_id' });
  if (error) throw error;
  console.log(`${email} is ${role} of server ${guild}, for as long as ${user} is a member there.`);
  if (password) console.log(`A new account; its password is ${password} - hand it over safely, it is shown only now.`);
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
