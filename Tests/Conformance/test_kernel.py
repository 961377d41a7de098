"""jupyter_kernel_test, unchanged, as the outside judge of the protocol.

One attribute stays empty: `code_page_something`. Help is a result, so that it stays in the notebook; the pager's
payload is deprecated by the protocol and lost by nbconvert.
"""

import jupyter_kernel_test
import pytest

pytestmark = pytest.mark.usefixtures("installed")


class TestCamKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "camkernel"
    language_name = "cam"
    file_extension = ".cam"
    code_hello_world = 'print "hello, world"'
    code_stderr = "print oops to=stderr"
    code_generate_error = "grad-cma"
    code_execute_result = [
        {"code": "version", "mime": "text/plain"},
        {"code": "help print", "mime": "text/plain"},
        {"code": "settings", "mime": "text/plain"},
    ]
    code_display_data = [{"code": "pause 0.01", "mime": "text/plain"}, {"code": "version\nversion", "mime": "text/plain"}]
    completion_samples = [
        {"text": "pri", "matches": {"print"}},
        {"text": "help pau", "matches": {"pause"}},
        {"text": "print a to=std", "matches": {"stderr", "stdout"}},
    ]
    complete_code_samples = ["print a", "", "# only a comment", "version; ", "print 'a b'"]
    incomplete_code_samples = ["print a \\", "version\nprint \\"]
    invalid_code_samples = ["print 'a", "grad-cma"]
    code_history_pattern = "setti*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "print"
    code_clear_output = "clear"


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "camkernel"
    support_iopub_welcome = True


