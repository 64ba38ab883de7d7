-- `heliograph user list`: who runs the machine may list the accounts, as `operator_list` lets them list the tenants.
CREATE POLICY operator_list ON users FOR SELECT USING (current_setting('app.operator', true) = 'on');
