"""The programs that deploy/ is written for accept its files and the guide's examples."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = TOP / "deploy"
GUIDE = (DEPLOY / "README.md").read_text()
NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")


def fenced(language):
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.M | re.S)


class NginxTest(unittest.TestCase):
    @unittest.skipUnless(NGINX and os.geteuid() == 0, "needs nginx, and root for its ports")
    def test_nginx_accepts_the_configuration_as_pasted(self):
        folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-subj",
             "/CN=tiles.example.org", "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
            check=True, capture_output=True)
        (pasted,) = fenced("nginx")
        # The operator's certificate is replaced by the test's.
        pasted, count = re.subn(r"/etc/letsencrypt/live/tiles\.example\.org", str(folder), pasted)
        self.assertEqual(count, 2)
        (folder / "site").write_text(pasted)
        (folder / "nginx.conf").write_text(
            f"pid {folder}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; include {folder}/site; }}\n")
        done = subprocess.run(
            [*own_network(), NGINX, "-t", "-p", folder, "-c", folder / "nginx.conf"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("[warn]", done.stderr)


def own_network():
    """Uses a network namespace if the machine allows it, so that no port is taken by another program."""
    inside = ["unshare", "--net"]
    return inside if subprocess.run([*inside, "true"], capture_output=True).returncode == 0 else []


class AnsibleTest(unittest.TestCase):
    @unittest.skipUnless(shutil.which("ansible-playbook"), "needs ansible-core")
    def test_ansible_accepts_the_playbooks(self):
        home = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, home)
        for name in ["site.yml", "upgrade.yml"]:
            done = subprocess.run(
                ["ansible-playbook", "--inventory", "inventory.ini", "--syntax-check", name], cwd=DEPLOY / "ansible",
                capture_output=True, text=True, env={**os.environ, "HOME": home, "LC_ALL": "C.UTF-8"})
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_settings_exist_in_the_env_files(self):
        """`lineinfile` replaces a setting's own line or comment. Other names would be added without effect."""
        text = (DEPLOY / "ansible/group_vars/all.yml").read_text()
        for kind in ["master", "worker"]:
            part = re.search(rf"^tilework_{kind}:\n((?:  .*\n)+)", text, re.M).group(1)
            names = re.findall(r"^  ([A-Z_]+):", part, re.M)
            self.assertTrue(names)
            for name in names:
                self.assertRegex((DEPLOY / f"{kind}.env").read_text(), rf"(?m)^#?{name}=")


class ContainerfileTest(unittest.TestCase):
    text = (DEPLOY / "Containerfile").read_text()

    def test_programs_run_as_an_unprivileged_user(self):
        stages = re.split(r"^FROM ", self.text, flags=re.M)[1:]
        final = [stage for stage in stages if re.search(r"AS (worker|master)$", stage.split("\n")[0])]
        self.assertEqual(len(final), 2)
        for stage in final:
            user = re.findall(r"^USER (.*)$", stage, re.M)
            self.assertEqual(user, ["64100:64100"])
            self.assertIn(user[0].split(":")[0], GUIDE)


class LinksTest(unittest.TestCase):
    def test_linked_files_and_headings_exist(self):
        for target in re.findall(r"\]\(([^)\s]+)\)", GUIDE):
            path, _, anchor = target.partition("#")
            if "://" in target:
                continue
            file = (DEPLOY / path).resolve() if path else DEPLOY / "README.md"
            self.assertTrue(file.exists(), target)
            if anchor:
                self.assertIn(anchor, anchors(file.read_text()), target)


def anchors(text):
    named = set(re.findall(r'<a id="([^"]+)">', text))
    for heading in re.findall(r"^#+ (.*)$", text, re.M):
        named.add(re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-"))
    return named


if __name__ == "__main__":
    unittest.main()
